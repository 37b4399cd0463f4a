"""Alipay's payouts. Its keys and certificates are made at the start, of no worth elsewhere."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote_plus
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from regulars_sandbox.contract import Answer, Call, House, Push, Refusal, StandIn

APP_ID = "2021000000000001"
_ZONE = ZoneInfo("Asia/Shanghai")
_SKEW = timedelta(minutes=15)
_LEAST_FEN = 10
_OIDS = {NameOID.COMMON_NAME: "CN", NameOID.ORGANIZATIONAL_UNIT_NAME: "OU", NameOID.ORGANIZATION_NAME: "O",
         NameOID.COUNTRY_NAME: "C"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keys:
    """The application's and Alipay's keys, and their certificates under a root of the sandbox."""

    app: rsa.RSAPrivateKey
    alipay: rsa.RSAPrivateKey
    app_cert: x509.Certificate
    alipay_cert: x509.Certificate
    root: x509.Certificate


@functools.cache
def keys() -> Keys:
    """Make the keys of this process."""
    app, alipay = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    named = {name: _cert(name, key, alipay) for name, key in (("app", app), ("alipay", alipay), ("root", alipay))}
    return Keys(app, alipay, named["app"], named["alipay"], named["root"])


def _cert(name: str, key: rsa.RSAPrivateKey, root: rsa.RSAPrivateKey) -> x509.Certificate:
    def named(common: str) -> x509.Name:
        parts = ((NameOID.COUNTRY_NAME, "CN"), (NameOID.ORGANIZATION_NAME, "Sandbox"), (NameOID.COMMON_NAME, common))
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])

    begin = datetime(2020, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named("root"))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    return builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=36_500)).sign(root, SHA256())


def number(one: x509.Certificate) -> str:
    """Return a certificate's number."""
    names = [f"{_OIDS[part.oid]}={part.value}" for rdn in one.issuer.rdns for part in rdn]
    text = ",".join(names[::-1]) + str(one.serial_number)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class No(Exception):
    """A call is refused: code and the business code beside it."""

    def __init__(self, sub_code: str, words: str, code: str = "40004") -> None:
        super().__init__(sub_code)
        name = {"40004": "Business Failed", "20000": "Service Currently Unavailable", "40002": "Invalid Arguments",
                "40006": "Insufficient Permissions"}[code]  # fmt: skip
        self.said = {"code": code, "msg": name, "sub_code": sub_code, "sub_msg": words}


@dataclass(slots=True)
class Paid:
    """A transfer. status: as Alipay says it."""

    out_biz_no: str
    order_id: str
    content: Mapping[str, Any]
    status: str
    at: datetime

    def said(self) -> dict[str, Any]:
        """Return what is answered about it."""
        return {
            "code": "10000", "msg": "Success", "out_biz_no": self.out_biz_no, "order_id": self.order_id,
            "pay_fund_order_id": self.order_id, "status": self.status,
            "trans_date": self.at.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S"),
        }  # fmt: skip


class Alipay(StandIn):
    """Takes each number of a transfer once. Identities "gone..." do not exist; a name "错..." does not match."""

    key: ClassVar[str] = "alipay"
    title: ClassVar[str] = "Alipay payouts 支付宝付款"
    page: ClassVar[str] = "https://opendocs.alipay.com/open/62987723_alipay.fund.trans.uni.transfer"
    verbs: ClassVar[Mapping[str, str]] = {
        "balance": "fen*",
        "slow": "on*",
        "settle": "out_biz_no* status*",
        "notify": "out_biz_no*",
    }

    def __init__(self, house: House) -> None:
        super().__init__(house)
        keys()  # now, not while the first client waits
        self.paid: dict[str, Paid] = {}
        self.balance_fen = 100_000_000
        self.slow = False

    def credentials(self) -> dict[str, Any]:
        """Return the application of the sandbox."""
        found = keys()
        key = found.app.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return {
            "app_id": APP_ID, "private_key": base64.b64encode(key).decode(), "app_cert": _pem(found.app_cert),
            "alipay_cert": _pem(found.alipay_cert), "root_cert": _pem(found.root),
        }  # fmt: skip

    def api_of(self, call: Call) -> str:
        """Name the API."""
        return call.params().get("method", "")

    async def answer(self, call: Call) -> Answer:
        """Verify, do what is asked, and sign what is said of it."""
        counted: tuple[str, ...] = ()
        try:
            content = self._verified(call)
            if self.api_of(call) == "alipay.fund.trans.uni.transfer":
                said, counted = self._transfer(content)
            elif self.api_of(call) == "alipay.fund.trans.common.query":
                said = self._query(content)
            else:
                raise No("isv.invalid-method", "不存在的方法名", "40002")
        except No as no:
            said = no.said
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            said = No("INVALID_PARAMETER", f"参数有误 {error}").said
        return self._signed(self.api_of(call), said, counted)

    def _verified(self, call: Call) -> dict[str, Any]:
        query = parse_qsl(call.query.decode(), keep_blank_values=True)
        form = parse_qsl(call.body.decode(), keep_blank_values=True)
        given = dict(query + form)
        if (call.method, call.path) != ("POST", "/gateway.do") or len(given) != len(query + form):
            raise No("isv.invalid-method", "请求不合法", "40002")
        if given.get("app_id") != APP_ID:
            raise No("isv.invalid-app-id", "无效的AppID参数", "40002")
        found = keys()
        for name, right in (("app_cert_sn", number(found.app_cert)), ("alipay_root_cert_sn", number(found.root))):
            if given.get(name) != right:
                raise No(f"isv.invalid-{name.replace('_', '-')}", "证书序列号不正确", "40002")
        try:
            at = datetime.strptime(given.get("timestamp", ""), "%Y-%m-%d %H:%M:%S").replace(tzinfo=_ZONE)
        except ValueError as error:
            raise No("isv.invalid-timestamp", "时间戳参数无效", "40002") from error
        if abs(self.house.now() - at) > _SKEW:
            raise No("isv.invalid-timestamp", "时间戳参数无效", "40002")
        text = "&".join(f"{k}={v}" for k, v in sorted(given.items()) if k != "sign" and v != "")
        try:
            sign = base64.b64decode(given.get("sign", ""), validate=True)
            found.app.public_key().verify(sign, text.encode(), padding.PKCS1v15(), SHA256())
            if base64.b64encode(sign).decode() != given["sign"]:
                raise ValueError("not as it was encoded")
        except (InvalidSignature, ValueError) as error:
            raise No("isv.invalid-signature", "无效签名", "40002") from error
        fixed = {"charset": "utf-8", "sign_type": "RSA2", "version": "1.0"}
        if any(given.get(name, "").lower() != value.lower() for name, value in fixed.items()):
            raise No("isv.invalid-encrypt-type", "公共参数无效", "40002")
        return json.loads(given["biz_content"])

    def _transfer(self, content: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
        no, payee = content["out_biz_no"], content["payee_info"]
        if content["product_code"] != "TRANS_ACCOUNT_NO_PWD" or content["biz_scene"] != "DIRECT_TRANSFER":
            raise No("INVALID_PARAMETER", "产品码或场景有误")
        if no in self.paid:  # the same number again is answered as the first time, and pays nothing
            if self.paid[no].content != content:
                raise No("INVALID_PARAMETER", "同一单号的参数不一致")
            return self.paid[no].said(), ()
        whole, _, cents = content["trans_amount"].partition(".")
        fen = int(whole) * 100 + int(cents)
        if fen < _LEAST_FEN:
            raise No("EXCEED_LIMIT_SM_MIN_AMOUNT", "转账金额不能低于最小限额")
        if payee["identity"].startswith("gone"):
            raise No("PAYEE_NOT_EXIST", "收款账号不存在")
        if payee["name"].startswith("错") or (payee["identity_type"] == "ALIPAY_LOGON_ID" and not payee["name"]):
            raise No("PAYEE_USER_INFO_ERROR", "支付宝账号和姓名不匹配")
        if fen > self.balance_fen:
            raise No("PAYER_BALANCE_NOT_ENOUGH", "付款方余额不足")
        self.balance_fen -= fen
        status = "DEALING" if self.slow else "SUCCESS"
        order_id = f"20260101110070000006{len(self.paid):08d}"
        self.paid[no] = Paid(no, order_id, content, status, self.house.now())
        return self.paid[no].said(), (f"{payee['identity']} {fen} {content['order_title']}",)

    def _query(self, content: dict[str, Any]) -> dict[str, Any]:
        if not content.get("product_code") or not content.get("biz_scene"):
            raise No("INVALID_PARAMETER", "传递了out_biz_no则product_code和biz_scene必传")
        found = self.paid.get(content["out_biz_no"])
        if found is None:
            raise No("ORDER_NOT_EXIST", "转账订单不存在")
        return found.said()

    def _signed(self, method: str, said: Mapping[str, Any], counted: tuple[str, ...] = ()) -> Answer:
        part = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        name = (method.replace(".", "_") or "error") + "_response"
        found = keys()
        sign = base64.b64encode(found.alipay.sign(part.encode(), padding.PKCS1v15(), SHA256())).decode()
        body = f'{{"{name}":{part},"alipay_cert_sn":"{number(found.alipay_cert)}","sign":"{sign}"}}'
        return Answer(body.encode(), counted=counted)

    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Refuse with Alipay's own codes."""
        no = {
            "rate": No("isv.app-call-limited", "应用调用次数超限", "40002"),
            "token": No("isv.invalid-app-cert-sn", "应用证书已失效", "40002"),
            "permission": No("isv.insufficient-isv-permissions", "ISV权限不足", "40006"),
            "server": No("isp.unknow-error", "系统繁忙", "20000"),
        }[why]
        return self._signed(self.api_of(call), no.said)

    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Do one of `verbs`. settle: status, as Alipay names it."""
        if verb == "balance":
            self.balance_fen = int(given["fen"])
        elif verb == "slow":
            self.slow = bool(given["on"])
        elif verb == "settle":
            self.paid[given["out_biz_no"]].status = str(given["status"])
        elif verb == "notify":
            return {"status": await self._notify(self.paid[given["out_biz_no"]])}
        else:
            raise KeyError(f"alipay has no verb {verb!r}")
        return {}

    async def _notify(self, one: Paid) -> int:
        fields = {
            "app_id": APP_ID, "charset": "utf-8", "msg_method": "alipay.fund.trans.order.changed",
            "notify_id": f"n{one.order_id}", "utc_timestamp": str(int(self.house.now().timestamp() * 1000)),
            "version": "1.1", "biz_content": json.dumps(one.said(), ensure_ascii=False), "sign_type": "RSA2",
        }  # fmt: skip
        text = "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if k != "sign_type")
        sign = keys().alipay.sign(text.encode(), padding.PKCS1v15(), SHA256())
        fields["sign"] = base64.b64encode(sign).decode()
        body = "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items())
        url = self.house.callback(self.key)
        kind = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
        return await self.house.push(Push(self.key, url, body.encode(), kind)) if url else 0

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the number of a vector's certificates: pem."""
        end = "-----END CERTIFICATE-----"
        signed: list[x509.Certificate] = []
        for part in given["pem"].split(end)[:-1]:
            with contextlib.suppress(ValueError):  # the bundle's SM2 root cannot be read, and does not count
                one = x509.load_pem_x509_certificate(f"{part.strip()}\n{end}\n".encode())
                if one.signature_algorithm_oid.dotted_string.startswith("1.2.840.113549.1.1"):
                    signed.append(one)
        return {"root_number": "_".join(map(number, signed)), "certificate_number": number(signed[0])}[name]


def _pem(one: x509.Certificate) -> str:
    return one.public_bytes(Encoding.PEM).decode()

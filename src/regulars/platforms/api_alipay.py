"""Payouts to Alipay accounts, in certificate mode.

A transfer has a number of ours which Alipay takes once: what is unclear is asked for by it, and made again, if at
all, under the same number. A new number would pay twice.
Source: opendocs.alipay.com (alipay.fund.trans.uni.transfer, alipay.fund.trans.common.query); signatures as checked
against the public clients fzlee/alipay and yansongda/pay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

import httpx2
from pydantic import Field, SecretStr

from regulars.core.errors import BadInput, Forbidden
from regulars.platforms import json_answer
from regulars.platforms.contract import Cause, Credentials, Incoming, PlatformError, Refused, Session, Unclear
from regulars.platforms.signing import alipay as signing

KEY = "alipay"
LEAST_FEN = 10
_ZONE = ZoneInfo("Asia/Shanghai")
_PRODUCT, _SCENE = "TRANS_ACCOUNT_NO_PWD", "DIRECT_TRANSFER"
_TRANSFER, _QUERY = "alipay.fund.trans.uni.transfer", "alipay.fund.trans.common.query"
_NOTICE = "alipay.fund.trans.order.changed"
_GOOD = "10000"
_OPEN = frozenset({"SYSTEM_ERROR", "REQUEST_PROCESSING", "isp.unknow-error", "aop.unknow-error", "ISP.UNKNOW-ERROR"})
_MISSING = "ORDER_NOT_EXIST"
State = Literal["paid", "dealing", "failed", "returned", "unknown"]
_STATES: Mapping[str, State] = {
    "SUCCESS": "paid", "DEALING": "dealing", "WAIT_PAY": "dealing", "FAIL": "failed", "CLOSED": "failed",
    "REFUND": "returned",
}  # fmt: skip
_CAUSES: Mapping[str, Cause] = {
    "isv.invalid-signature": "signature",
    "isv.missing-signature": "signature",
    "isv.invalid-app-id": "signature",
    "isv.invalid-app-cert-sn": "signature",
    "isv.invalid-alipay-root-cert-sn": "signature",
    "isv.insufficient-isv-permissions": "permission",
    "isv.insufficient-user-permissions": "permission",
    "isv.app-call-limited": "busy",
    "PERMIT_NON_BANK_LIMIT_PAYEE": "input",
    "PERMISSION_DENIED": "permission",
    "PAYER_BALANCE_NOT_ENOUGH": "quota",
    "BALANCE_IS_NOT_ENOUGH": "quota",
    "PAYEE_NOT_EXIST": "missing",
    "PAYEE_USER_INFO_ERROR": "input",
    "INVALID_PARAMETER": "input",
    "ORDER_NOT_EXIST": "missing",
}
_BY_CODE: Mapping[str, Cause] = {"40001": "input", "40002": "input", "40006": "permission", "20001": "token"}
_RETRY_S: Mapping[Cause, float] = {"busy": 1, "quota": 3_600}


class AlipayCredentials(Credentials):
    """An application in certificate mode: its key and certificate, and Alipay's two."""

    app_id: str = Field(pattern=r"^\d{10,32}$", title="APPID")
    private_key: SecretStr = Field(title="Application private key (RSA2)", min_length=100)
    app_cert: str = Field(title="Application certificate (appCertPublicKey_….crt)", max_length=20_000)
    alipay_cert: str = Field(title="Alipay certificate (alipayCertPublicKey_RSA2.crt)", max_length=20_000)
    root_cert: str = Field(title="Alipay root certificates (alipayRootCert.crt)", max_length=40_000)


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid. kind "ALIPAY_LOGON_ID" (a phone number or e-mail) needs the name."""

    identity: str
    kind: Literal["ALIPAY_USER_ID", "ALIPAY_OPEN_ID", "ALIPAY_LOGON_ID"] = "ALIPAY_OPEN_ID"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """What is known of a transfer. state "unknown": ask again, or make it again under the same number."""

    out_biz_no: str
    state: State
    order_id: str = ""
    reason: str = ""


async def transfer(
    session: Session, out_biz_no: str, *, payee: Payee, amount_fen: int, title: str, remark: str = ""
) -> Transfer:
    """Pay once under our number; an unclear answer is asked for. Raises: BadInput, Refused, Away (nothing was paid)."""
    if amount_fen < LEAST_FEN:
        raise BadInput("A payout to Alipay is at least ¥0.10.", "Add it to the next one.")
    if payee.kind == "ALIPAY_LOGON_ID" and not payee.name:
        raise BadInput("Paying to a phone number or e-mail needs the person's name.", "Or pay to their Alipay id.")
    content: dict[str, object] = {
        "out_biz_no": out_biz_no,
        "trans_amount": f"{amount_fen // 100}.{amount_fen % 100:02d}",
        "product_code": _PRODUCT,
        "biz_scene": _SCENE,
        "order_title": title,
        "remark": remark,
        "payee_info": {"identity": payee.identity, "identity_type": payee.kind, "name": payee.name},
    }
    try:
        return _transfer(out_biz_no, await _call(session, _TRANSFER, content, repeatable=False))
    except Unclear as unclear:
        try:
            return await transfer_state(session, out_biz_no)
        except PlatformError:
            return Transfer(out_biz_no, "unknown", reason=unclear.platform_code)


async def transfer_state(session: Session, out_biz_no: str) -> Transfer:
    """Return what became of a transfer; one that Alipay does not know (yet) is unknown. Raises: PlatformError."""
    content = {"product_code": _PRODUCT, "biz_scene": _SCENE, "out_biz_no": out_biz_no}
    try:
        return _transfer(out_biz_no, await _call(session, _QUERY, content, repeatable=True))
    except Refused as error:
        if error.platform_code == _MISSING:
            return Transfer(out_biz_no, "unknown", reason=_MISSING)
        raise


def notified(session: Session, message: Incoming) -> Transfer:
    """Read a notice about a transfer, verified on its raw bytes. Raises: Forbidden, BadInput.

    It is to be answered with the text "success".
    """
    settings = AlipayCredentials.model_validate(session.credentials)
    try:
        fields = signing.notice(message.body)
        good = signing.verified(settings.alipay_cert, signing.notice_content(fields), fields.get("sign", ""))
    except ValueError as error:
        raise BadInput("The notice cannot be read.", "It is sent again later.") from error
    if not good or fields.get("sign_type") != "RSA2" or fields.get("app_id") != settings.app_id:
        raise Forbidden("The notice is not signed by Alipay.", "Look at who sends it.")
    try:
        said = json.loads(fields["biz_content"])
        if fields.get("msg_method") != _NOTICE:
            raise KeyError("msg_method")
        return _transfer(str(said["out_biz_no"]), said)
    except (ValueError, KeyError) as error:
        raise BadInput("The notice is not about a transfer.", "Subscribe to notices of transfers only.") from error


def _transfer(out_biz_no: str, said: Mapping[str, Any]) -> Transfer:
    state = _STATES.get(str(said.get("status", "")), "unknown")
    reason = str(said.get("fail_reason") or said.get("error_code") or "")
    return Transfer(out_biz_no, state, str(said.get("order_id") or ""), reason)


async def _call(session: Session, method: str, content: Mapping[str, object], *, repeatable: bool) -> dict[str, Any]:
    settings = AlipayCredentials.model_validate(session.credentials)
    params = {
        "app_id": settings.app_id,
        "method": method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": session.clock.system_now().astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S"),
        "version": "1.0",
        "app_cert_sn": signing.certificate_number(settings.app_cert.encode()),
        "alipay_root_cert_sn": signing.root_number(settings.root_cert.encode()),
    }
    form = {"biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":"))}
    signature = signing.sign(settings.private_key.get_secret_value(), signing.content(params | form))
    address = f"{session.account.base_url}/gateway.do"
    request = httpx2.Request("POST", address, params=params | {"sign": signature}, data=form)
    answer = await session.call(request, api=method, repeatable=repeatable)
    return _believed(settings, method.replace(".", "_") + "_response", answer)


def _believed(settings: AlipayCredentials, name: str, answer: httpx2.Response) -> dict[str, Any]:
    """Return the answer's part when Alipay signed it: one that it did not sign says nothing."""
    whole = json_answer.read(KEY, answer)
    try:
        raw = signing.answered(answer.content, name)
        good = signing.verified(settings.alipay_cert, raw, str(whole.get("sign", "")))
        said = json.loads(raw)
    except ValueError:
        good, said = False, {}
    if not good:
        raise Unclear(KEY, "Alipay's answer is not signed by it.", "Check Alipay's certificate in the account.")
    code, sub_code = str(said.get("code", "")), str(said.get("sub_code", ""))
    if code == _GOOD:
        return said
    words = json_answer.masked(said.get("sub_msg") or said.get("msg", ""))
    if code == "20000" or sub_code in _OPEN:
        raise Unclear(KEY, f"Alipay: {words}", "It may have been done all the same.", platform_code=sub_code or code)
    cause = _CAUSES.get(sub_code) or _BY_CODE.get(code, "other")
    retry_after_s = _RETRY_S.get(cause)
    raise Refused(KEY, f"Alipay: {words}", platform_code=sub_code or code, cause=cause, retry_after_s=retry_after_s)

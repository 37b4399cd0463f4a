"""The lake server: chDB behind ClickHouse's HTTP protocol, so the house needs no ClickHouse server.

`protocol` reads requests and statements, `codecs` compresses, `handles` runs statements on chDB,
`server` speaks HTTP, `process` starts, finds and stops a server. `python -m regulars.infra.lake_server`
runs one. chDB allows one process per path; everybody else talks to that process over HTTP.
"""

"""README.txt of the output directory: what each file is, and what to try."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from api.demo import cast
from api.demo.desks import awaiting_enterprises
from api.demo.products import load_demo_set

_TEXT: Final = """\
碳迹 Tanji: make demo 留下的文件  files left by `make demo`

deployment.json      部署文件，核对者的信任根          the pinned deployment
snapshot.json        某一区块下的链上状态证明          trie nodes under one block
bulletin.json        监管部门签名的区块公告            the regulator's signed bulletin of that block
block-hash.txt       同一区块的哈希                    the same block's hash
evidence/            真品证书的证据                    evidence of genuine certificates
forgeries/           伪造，文件名为攻击编号与名称      forgeries, named by family and attack
malformed/           不成其为证据的文件                files that are no evidence at all
doubtful/            撤销之前的旧快照和公告            the pack from before the withdrawal
broken-promise.json  回执未兑现的举证                  proof that the log broke a promise
receipts.ndjson      提交时得到的回执                  receipts given at submission
log/                 日志的瓦片与检查点（C2SP）         the log's tiles and checkpoint
ledger.sqlite        运营方的数据库                    the operator's database
keys/                演示密钥，口令 {passphrase}
                     demo keys; public, derived from their names, worth nothing
desks/               服务时：等待认证的足迹文件         while it serves: footprints that wait for a certificate
summary.md demo.svg  结果汇总                          the closing tables

试一试 try (24 小时内 within 24 hours):
  {verify_genuine}
  {verify_forged}
  加 --policy regulator 连分项一起复算 adds the arithmetic; --json 供程序读取 for programs

工作台 the desks（make demo 服务期间 while it serves）：http://127.0.0.1:8000/desk
  认证机构甲 certifier A   {certifier}   keys/desk-certifier-a.json
  企业 an enterprise       {enterprise}   keys/{enterprise_key}.json
  监管部门 the regulator   {regulator}   keys/regulator.json
  钱包 a wallet：导入上面的密钥文件（口令同上），链 31337，地址在服务启动时打印。
    import one of the key files (the passphrase above); chain 31337, its address is printed when serving begins.
  不用钱包 without one：在页面上下载待签文件 download the file to sign on the page, then
    {tanji} sign document.json --key keys/desk-certifier-a.json --deployment deployment.json -o signed.json
    再到 /desk/submit 上传 signed.json。 and upload signed.json at /desk/submit.

运营方在故事末尾作恶，故 log/ 与 ledger.sqlite 中确有不合格条目。
The operator turns dishonest near the end of the story, so log/ and ledger.sqlite really hold bad entries.
"""


def readme(genuine: str, forged: str) -> str:
    """The text, with commands that can be copied from here. Each argument: what to type."""
    enterprise = awaiting_enterprises(load_demo_set())[0]
    return _TEXT.format(
        passphrase=cast.PASSPHRASE.decode(),
        verify_genuine=genuine,
        verify_forged=forged,
        certifier=cast.CERTIFIER_A,
        regulator=cast.REGULATOR,
        enterprise=enterprise.party,
        enterprise_key=cast.enterprise_desk_role(enterprise)[0],
        tanji=os.path.relpath(Path(sys.executable).parent / "tanji"),
    )

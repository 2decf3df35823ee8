"""README.txt of the output directory: what each file is, and what to try."""

from __future__ import annotations

from typing import Final

from api.demo import cast

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
summary.md demo.svg  结果汇总                          the closing tables

试一试 try (24 小时内 within 24 hours):
  {verify_genuine}
  {verify_forged}
  加 --policy regulator 连分项一起复算 adds the arithmetic; --json 供程序读取 for programs

运营方在故事末尾作恶，故 log/ 与 ledger.sqlite 中确有不合格条目。
The operator turns dishonest near the end of the story, so log/ and ledger.sqlite really hold bad entries.
"""


def readme(genuine: str, forged: str) -> str:
    """The text, with commands that can be copied from here. Each argument: what to type."""
    return _TEXT.format(passphrase=cast.PASSPHRASE.decode(), verify_genuine=genuine, verify_forged=forged)

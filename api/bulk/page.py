"""index.html: one file that needs no network, no script and no colour. Every value of the input is escaped (A12)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from api.bulk.charts import ENGLISH, MARKS, counts, patterns, single, stacked
from api.bulk.crosscheck import Crossing
from api.bulk.judging import OUTCOME_ZH, bad_sentence
from api.bulk.style import STYLE
from api.bulk.summary import OUTCOMES, Concerned, Counted, Ground, Summary
from api.bulk.tally import BAD_SHOWN, UNREADABLE, BadLine
from verifier.times import shanghai_date

_HIDDEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
Words = tuple[str, str]
_OFFENDERS: Final = 20
_PARTIES: Final = 50
_CODES: Final = 40
_PAIRS: Final = 10
# nothing may be fetched or run, whatever the page came to hold
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


def shown(text: str) -> str:
    """A value as text: escaped, and with what would hide or turn other text around made visible."""
    return escape(_HIDDEN.sub("\ufffd", text), quote=True)


def both(chinese: str, english: str) -> str:
    """Chinese first, English beside it; both are escaped."""
    return f'{shown(chinese)} <span lang="en">{shown(english)}</span>'


def render_page(summary: Summary) -> str:
    """The whole page."""
    ground = summary.ground
    parts = (
        _head(summary),
        _overview(summary),
        _basis(ground),
        _codes(("原因", "Reasons"), summary.reasons, ("每行可有多个原因。", "A line may have several.")),
        _over_issue(summary.crossing),
        _concerned(
            "重点关注的证书",
            "Certificates, worst first",
            [c for c in summary.certificates if _troubled(c)][:_OFFENDERS],
        ),
        _unknown(summary),
        _concerned("产品", "Products", summary.products[:_PARTIES]),
        _concerned("企业", "Enterprises", summary.enterprises[:_PARTIES]),
        _concerned("认证机构", "Certifiers", summary.certifiers[:_PARTIES]),
        _repeated(summary.crossing),
        _bad(summary.tally.bad, summary.outcomes[UNREADABLE]),
        _codes(("附注", "Notes"), summary.notes, ("附注不改变结论。", "Notes do not change a verdict.")),
        _reading(),
    )
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>碳迹 Tanji · 批量核验 {shown(ground.input)}</title><style>{STYLE}</style></head>"
        f"<body>{patterns()}<main>{''.join(parts)}</main></body></html>\n"
    )


def _head(summary: Summary) -> str:
    ground = summary.ground
    return (
        f"<header><h1>{both('批量核验报告', 'Bulk verification report')}</h1>"
        f'<p class="lead">碳迹 Tanji · {shown(ground.input)} · {summary.lines:,} 行 '
        f'<span lang="en">lines</span> · {_moment(ground.now)}</p></header>'
    )


def _overview(summary: Summary) -> str:
    tiles = "".join(
        f'<div class="tile {name}"><span class="mark">{MARKS[name]}</span> {both(OUTCOME_ZH[name], ENGLISH[name])}'
        f'<b>{summary.outcomes[name]:,}</b><span class="share">{_share(summary.outcomes[name], summary.lines)}</span></div>'
        for name in OUTCOMES
    )
    bar = stacked(summary.outcomes, "tall") if summary.lines else ""
    return f'<section class="card"><h2>{both("结论", "Verdicts")}</h2><div class="tiles">{tiles}</div>{bar}</section>'


def _basis(ground: Ground) -> str:
    rows = [
        ("输入", "Input", f"{shown(ground.input)} <code>SHA-256 {shown(ground.input_sha256[:16])}…</code>"),
        ("读法", "Read as", shown(", ".join(f"{name}: {value}" for name, value in ground.input_about))),
        ("依据", "Evidence", shown(ground.evidence)),
        ("区块", "Block", _block(ground)),
        ("数据时效", "Age of the data", _age(ground)),
        ("规则", "Policy", f"<code>{shown(ground.policy)}</code>"),
        ("账本", "Ledger", f"<code>{shown(ground.deployment)}</code>"),
    ]
    if ground.at is not None:
        rows.append(("询问时点", "Asked about", _moment(ground.at)))
    facts = "".join(f"<dt>{both(zh, en)}</dt><dd>{value}</dd>" for zh, en, value in rows)
    return f'<section class="card"><h2>{both("核验依据", "What it rests on")}</h2><dl>{facts}</dl></section>'


def _block(ground: Ground) -> str:
    if ground.block_time is None:
        return both("无可信区块，故全部无法判定。", "No trusted block: nothing can be judged.")
    return (
        f"{ground.block_number:,} <code>{shown(ground.block_hash[:18])}…</code> · {_moment(ground.block_time)} · "
        f"{both(ground.trust_zh, ground.trust_en)}"
    )


def _age(ground: Ground) -> str:
    age = ground.age
    if age is None:
        return "–"
    within = age <= ground.max_age
    text = both(
        f"{_hours(age)} 小时（规则上限 {_hours(ground.max_age)} 小时）",
        f"{_hours(age)} h, the policy's limit is {_hours(ground.max_age)} h",
    )
    bar = single(age / ground.max_age if age > 0 else 0, "authentic" if within else "rejected")
    over = "" if within else f' <strong class="mark rejected">✘ {both("已过期", "too old")}</strong>'
    return f"{text}{over}{bar}"


def _codes(title: Words, codes: Sequence[Counted], note: Words) -> str:
    if not codes:
        return ""
    most = max(one.lines for one in codes)
    rows = "".join(
        f"<tr><td>{both(one.zh, one.en)}<br><code>{shown(one.code)}</code></td>"
        f'<td class="bars">{single(one.lines / most, one.outcome or "authentic")}'
        f'<div class="counts">{_outcome(one.outcome)}</div></td>'
        f'<td class="n" data-name="行 lines">{one.lines:,}</td></tr>'
        for one in codes[:_CODES]
    )
    head = (("", ""), ("", ""), ("行", "lines"))
    return _section(*title, _table(head, rows) + f'<p class="note">{both(*note)}</p>')


def _outcome(outcome: str) -> str:
    if not outcome:
        return ""
    return f'<span class="mark {outcome}">{MARKS[outcome]}</span> {both(OUTCOME_ZH[outcome], ENGLISH[outcome])}'


def _concerned(zh: str, en: str, found: Sequence[Concerned]) -> str:
    if not found:
        return ""
    rows = "".join(
        f"<tr><td>{shown(one.name or one.key)}"
        + (f"<br>{shown(one.detail)}" if one.detail else "")
        + (f"<br><code>{shown(one.key)}</code>" if one.name else "")
        + f'</td><td class="bars">{stacked(one.outcomes)}<div class="counts">{counts(one.outcomes)}</div></td>'
        f'<td class="n" data-name="行 lines">{one.lines:,}</td></tr>'
        for one in found
    )
    note = both(
        "按标签上写明的证书归类。假冒标签冒用他人证书，不等于该企业造假。",
        "Counted by the certificate that the label names. Forged labels name other people's certificates.",
    )
    return _section(
        zh, en, _table((("", ""), ("结论", "verdicts"), ("行", "lines")), rows) + f'<p class="note">{note}</p>'
    )


def _troubled(one: Concerned) -> bool:
    return any(one.outcomes[name] for name in OUTCOMES[1:])


def _unknown(summary: Summary) -> str:
    lines = summary.unknown_certificate.total()
    if not lines:
        return ""
    said = both(
        f"{lines:,} 行所指的证书不在所用数据之中：不能据此断定为假。",
        f"{lines:,} lines name a certificate that the data used does not hold: that does not make them false.",
    )
    return _section(
        "未收录的证书", "Certificates not in the data", f"<p>{said}</p>{stacked(summary.unknown_certificate)}"
    )


def _over_issue(crossing: Crossing) -> str:
    if not crossing.over_issues:
        return ""
    said = both(
        f"{crossing.over_issues:,} 个序号被签发了不止一次，涉及 {crossing.over_issued_lines:,} 行，均判为不可信。"
        "签名俱在，这是超发的证据（over-issue.csv）。",
        f"{crossing.over_issues:,} indexes were issued more than once, on {crossing.over_issued_lines:,} lines, all rejected. "
        "Both are signed: proof of over-issue (over-issue.csv).",
    )
    rows = "".join(
        f"<tr><td><code>{shown(one.certificate)}</code></td><td>{'<br>'.join(f'<code>{shown(s)}</code>' for s in one.serials)}</td>"
        f'<td class="n" data-name="序号 index">{one.index:,}</td></tr>'
        for one in crossing.first_over_issues[:_PAIRS]
    )
    head = (("证书（前 16 字节）", "certificate, first 16 bytes"), ("序列号", "serials"), ("序号", "index"))
    return _section("超发证据", "Over-issue", f"<p>{said}</p>" + _table(head, rows), "card warn")


def _repeated(crossing: Crossing) -> str:
    if not crossing.repeated:
        return _section("重复的标签", "Labels seen twice", f'<p class="none">{both("无", "none")}</p>')
    said = both(
        f"{crossing.repeated:,} 个单品标签出现不止一次，多出 {crossing.repeated_lines:,} 行。可能是重复录入，也可能是翻印；结论不因此改变"
        "（duplicates.csv）。",
        f"{crossing.repeated:,} item labels occur more than once, {crossing.repeated_lines:,} lines too many. Entered twice, or copied: "
        "their verdicts do not change for it (duplicates.csv).",
    )
    rows = "".join(
        f"<tr><td><code>{shown(one.gtin)}</code></td><td><code>{shown(one.serial)}</code></td>"
        f'<td class="n" data-name="次数 seen">{one.seen:,}</td></tr>'
        for one in crossing.first_repeated[:_PAIRS]
    )
    head = (("GTIN", ""), ("序列号", "serial"), ("次数", "seen"))
    return _section("重复的标签", "Labels seen twice", f"<p>{said}</p>" + _table(head, rows))


def _bad(bad: Sequence[BadLine], total: int) -> str:
    if not total:
        return _section("无法读取的行", "Lines that could not be read", f'<p class="none">{both("无", "none")}</p>')
    rows = "".join(
        f"<tr><td>{shown(one.place)}</td><td>{both(*bad_sentence(one.rule))}<br><code>{shown(one.rule)}</code></td>"
        f"<td><code>{shown(one.text)}</code></td></tr>"
        for one in bad
    )
    said = both(
        f"共 {total:,} 行，列出最前 {min(total, BAD_SHOWN):,} 行；其余见 verdicts.csv。",
        f"{total:,} lines; the first {min(total, BAD_SHOWN):,} are listed, all are in verdicts.csv.",
    )
    head = (("行", "line"), ("原因", "why"), ("内容", "text"))
    return _section("无法读取的行", "Lines that could not be read", f"<p>{said}</p>" + _table(head, rows))


def _reading() -> str:
    facts: tuple[tuple[str, str], ...] = (
        (
            "离线核验不知道标签在别处是否被扫描过：翻印的标签密码学上与真品无异，此报告不能排除翻印。",
            "Without the scan records a copied label cannot be told from the original: this report does not rule out copies.",
        ),
        (
            "没有发放记录（叶与路径）时，标签是否真的发放过只凭标签密钥的签名与序号范围判断。",
            "Without leaf and path, that a label was issued rests on the label key's signature and the index range.",
        ),
        (
            "“暂无法判定”不等于假：缺数据、数据过旧或证书未收录时均如此。",
            "Inconclusive is not false: data was missing or too old, or the certificate is not in it.",
        ),
    )
    items = "".join(f"<li>{both(zh, en)}</li>" for zh, en in facts)
    return _section("如何看待", "How to read this", f"<ul>{items}</ul>")


def _section(zh: str, en: str, content: str, style: str = "card") -> str:
    return f'<section class="{style}"><h2>{both(zh, en)}</h2>{content}</section>'


def _table(head: Iterable[tuple[str, str]], rows: str) -> str:
    cells = list(head)
    styles = [' class="n"' if english in _NUMBERS else "" for _, english in cells]
    heads = "".join(
        f'<th scope="col"{style}>{both(zh, en)}</th>' for (zh, en), style in zip(cells, styles, strict=True)
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


_NUMBERS: Final = frozenset({"lines", "index", "seen"})


def _share(part: int, whole: int) -> str:
    if not whole:
        return "–"
    return "<0.1 %" if 0 < part < whole / 1000 else f"{100 * part / whole:.1f} %"


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:.1f}"


def _moment(seconds: int) -> str:
    """Date and time in Shanghai, where the regulations' days begin."""
    minutes = (seconds + 8 * 3600) % 86_400 // 60
    return f"{shanghai_date(seconds)} {minutes // 60:02}:{minutes % 60:02} <span lang='en'>UTC+8</span>"

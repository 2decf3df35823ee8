"""The page's style sheet: light, dark and paper; outcomes differ by mark and pattern, not by colour alone."""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--bg:#f6f7f4;--card:#fff;--ink:#1c2420;--soft:#5b665f;--line:#d9dfd8;
--authentic:#17694a;--rejected:#b3261e;--suspect:#9a5b00;--inconclusive:#2f5fb3;--unreadable:#5f6461;--on:#fff}
@media (prefers-color-scheme:dark){:root{--bg:#131715;--card:#1c2220;--ink:#e7ece8;--soft:#a3aea7;--line:#36403b;
--authentic:#5fc79a;--rejected:#ff8f85;--suspect:#e9b44c;--inconclusive:#8fb4ff;--unreadable:#aab2ad;--on:#131715}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.55 system-ui,"Noto Sans CJK SC","Noto Sans SC","PingFang SC",
"Microsoft YaHei",sans-serif;overflow-wrap:anywhere}
main{max-width:1080px;margin:0 auto;padding:24px 20px 48px}
h1{font-size:1.55rem;line-height:1.25;margin:0}h2{font-size:1.12rem;margin:0 0 12px}
[lang=en]{color:var(--soft);font-weight:400;font-size:.87em}h1 [lang=en],h2 [lang=en]{margin-left:.45em}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin-top:18px}
.lead{margin:6px 0 0;color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:10px;margin:16px 0}
.tile{border:1px solid var(--line);border-left:6px solid var(--c);border-radius:8px;padding:10px 12px;min-width:0}
.tile b{display:block;font-size:1.5rem;line-height:1.2;font-variant-numeric:tabular-nums}
.tile .share{color:var(--soft);font-size:.87em}
.mark{color:var(--c);font-weight:700}
.authentic{--c:var(--authentic)}.rejected{--c:var(--rejected)}.suspect{--c:var(--suspect)}
.inconclusive{--c:var(--inconclusive)}.unreadable{--c:var(--unreadable)}
svg{display:block;width:100%}svg.bar{height:16px;border-radius:3px}svg.tall{height:40px;border-radius:5px}
svg.defs{position:absolute;width:0;height:0}
svg text{font:600 12px system-ui,sans-serif;fill:var(--soft)}
dl{display:grid;grid-template-columns:minmax(9em,max-content) 1fr;gap:6px 18px;margin:0}
dt{color:var(--soft)}dd{margin:0;min-width:0}
code{font:.87em/1.4 ui-monospace,"Cascadia Mono",Menlo,monospace}
table{width:100%;border-collapse:collapse}
th{text-align:left;font-weight:600;color:var(--soft);font-size:.87em;padding:4px 8px 6px 0;border-bottom:1px solid var(--line)}
td{padding:8px 8px 8px 0;border-bottom:1px solid var(--line);vertical-align:top}tr:last-child td{border-bottom:0}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;padding-right:0}
td.bars{width:38%}.counts{font-size:.87em;color:var(--soft);margin-top:3px}
.counts>span{margin-right:.5em}
.note{color:var(--soft);margin:10px 0 0;font-size:.93em}
.none{color:var(--soft);margin:0}
.warn{border-left:6px solid var(--rejected)}
@media (max-width:640px){main{padding:16px 12px 32px}.card{padding:14px}.tiles{grid-template-columns:1fr 1fr}
h1 [lang=en],h2 [lang=en]{display:block;margin-left:0}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:10px}
thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
tr{display:block;border-bottom:1px solid var(--line);padding:8px 0}tr:last-child{border-bottom:0}
td,td.bars{display:block;width:auto;border:0;padding:2px 0}td.n{text-align:left}td.n::before{content:attr(data-name) " ";color:var(--soft)}}
@media print{:root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--authentic:#17694a;--rejected:#b3261e;
--suspect:#9a5b00;--inconclusive:#2f5fb3;--unreadable:#5f6461;--on:#fff}@page{size:A4;margin:14mm}
body{font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{max-width:none;padding:0}
.card{border-radius:0;padding:10px 12px;margin-top:10px}h2{break-after:avoid}tr,.tile{break-inside:avoid}thead{display:table-header-group}}
"""

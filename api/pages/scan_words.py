"""What the scanner's script says (api/pages_js/src/scan): every text in Chinese and English, by the key the script asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.pages.language import Language
from api.pages.words import VERDICTS, Pair
from verifier.sentences import sentence_templates
from verifier.types import JsonValue

SAID: Final[Mapping[str, Pair]] = {
    **{f"outcome-{outcome}": pair for outcome, pair in VERDICTS.items()},
    "outcome-not-a-label": ("不是碳迹标签", "Not a Tanji label"),
    "authentic-note": (
        "签名、证书、状态逐项成立；离线巡检包不含发放记录与扫描记录，这两项未核对。",
        "Signatures, certificate and status hold. A pack holds neither issue records nor scans: those were not checked.",
    ),
    "rule-no-pack": ("还没有巡检包，无从核对。取得巡检包后会自动补判。", "No pack yet, so nothing to check against. It is judged as soon as there is one."),
    "rule-pack-damaged": ("巡检包在这一处损坏，请重新取得。", "The pack is damaged in this place. Get it again."),
    "rule-malformed": ("不是规范的碳迹标签（{rule}）。", "Not a label in its one form ({rule})."),
    "pack-age": ("依据区块 {number}，{span}前", "By block {number}, {span} old"),
    "pack-none": ("未用巡检包", "No pack used"),
    "moment": ("不到 1 分钟", "less than 1 min"),
    "minutes": ("{n} 分钟", "{n} min"),
    "hours": ("{n} 小时", "{n} h"),
    "days": ("{n} 天", "{n} days"),
    "times": ("{n} 次", "×{n}"),
    "counted": ("这个序列号已扫到 {n} 次。若不是同一件货，其中有复制品。", "This serial came up {n} times. If it was not one and the same item, some are copies."),
    "together": ("同一画面里出现 {n} 枚：同一标签被印了多次。", "{n} of them in one picture: this label was printed more than once."),
    "more": (" 另有 {n} 项。", " And {n} more."),
    "fact-serial": ("序列号", "Serial"),
    "fact-gtin": ("GTIN", "GTIN"),
    "fact-certificate": ("证书编号", "Certificate"),
    "fact-basis": ("依据", "Basis"),
    "fact-text": ("二维码内容", "Text of the code"),
    "codes": ("本画面 {n} 枚新标签，最要紧的一枚如上。", "{n} new labels in this picture; the gravest is shown."),
    "photo-codes": ("照片里有 {n} 枚标签。", "{n} labels in the photo."),
    "strangers": (" 另有 {n} 个与碳迹无关的二维码。", " {n} other codes that are none of ours."),
    "photo-none": ("照片里没有找到标签", "No label found in the photo"),
    "photo-hint": ("靠近一些，让每个二维码至少占照片宽度的十分之一，避免反光。", "Come closer: each code should fill a tenth of the width. Avoid glare."),
    "photo-unreadable": ("{name} 不是能读的图片", "{name} is not a picture that can be read"),
    "list-full": ("清单已满 5,000 条，请先导出并清空", "The list holds 5,000 entries. Export and clear it first"),
    "list-more": ("再显示 100 条（还有 {n} 条）", "Show 100 more ({n} left)"),
    "photo-reading": ("正在读第 {n} 张照片，共 {of} 张…", "Reading photo {n} of {of}…"),
    "photo-formats": ("请用 JPEG、PNG 或 WebP。", "Use JPEG, PNG or WebP."),
    "decoder-failed": ("读码程序出错，请重新打开本页", "The program that reads codes failed. Open this page again"),
    "judge-failed": ("核验程序出错，请重新打开本页", "The program that judges failed. Open this page again"),
    "judged-again": ("清单已用现在的巡检包重新核验", "The list was judged again by the present pack"),
    "not-saved": ("本机存不下清单，请尽快导出", "The list cannot be kept on this device: export it soon"),
    "storage-failed": ("浏览器不肯保存数据（可能是无痕窗口）：关闭本页后，巡检包和清单都会消失", "This browser keeps nothing (a private window?): pack and list go when the page is closed"),
    # camera
    "camera-start": ("开启摄像头", "Start camera"),
    "camera-stop": ("停止", "Stop"),
    "camera-number": ("摄像头 {n}", "Camera {n}"),
    "camera-idle": ("摄像头未开启。也可以选照片，或用扫描枪。", "The camera is off. A photo or a hand scanner will do too."),
    "camera-asking": ("请在浏览器提示里允许使用摄像头…", "Please allow the camera when the browser asks…"),
    "camera-live": ("", ""),
    "camera-denied": ("没有摄像头权限。请在浏览器的网站设置里允许，或改用照片。", "The camera is not allowed. Allow it in the browser's site settings, or use a photo."),
    "camera-none": ("没有找到摄像头。请选照片，或用扫描枪输入。", "No camera found. Choose a photo, or use a hand scanner."),
    "camera-busy": ("摄像头正被别的程序占用。关掉它再试，或选照片。", "Another program uses the camera. Close it and try again, or choose a photo."),
    "camera-insecure": ("本页不是经 HTTPS 打开的，浏览器不给摄像头。可以选照片。", "This page was not opened over HTTPS, so the browser gives no camera. Photos work."),
    "camera-ended": ("摄像头停了（切到后台或被拔下）。按“开启摄像头”继续。", "The camera stopped (in the background or unplugged). Start it again to go on."),
    "camera-failed": ("摄像头打不开。请选照片。", "The camera cannot be opened. Choose a photo."),
    # the pack
    "strip-good": ("巡检包可用：区块 {number}，{span}前", "Pack in order: block {number}, {span} old"),
    "strip-none": ("没有巡检包：扫到的标签暂不能判定", "No pack: labels cannot be decided yet"),
    "strip-unvouched": ("巡检包等待公告：区块 {number} 还没有人作证", "The pack awaits a bulletin: nobody vouches for block {number} yet"),
    "strip-old": ("巡检包已过期：{span}前，上限 {limit} 小时。请更新", "The pack is too old: {span}, the limit is {limit} h. Update it"),
    "strip-ahead": ("本机时钟比区块还早，请校准时间", "This device's clock is behind the block. Please set it"),
    "pack-time": ("{moment}（{span}前）", "{moment} ({span} ago)"),
    "pack-holds": ("{certificates} 张证书，{batches} 批标签，{megabytes} MB", "{certificates} certificates, {batches} label batches, {megabytes} MB"),
    "by-bulletin": ("监管部门签名的公告", "A bulletin signed by the regulator"),
    "by-quorum": ("您的节点一致：{names}", "Your endpoints agree: {names}"),
    "by-nobody": ("还没有人", "Nobody yet"),
    "waiting": ("较新的巡检包（区块 {number}）在等公告；此前仍用旧包。", "A newer pack (block {number}) awaits its bulletin; until then the old one serves."),
    "ready": ("可以开始扫码了，断网也能用。", "Ready to scan, also without a network."),
    "next-none": ("还需要一个巡检包。", "A pack is still needed."),
    "next-unvouched": ("还需要为它的区块作证：扫公告的二维码，或问您自己的节点。", "Its block still has to be vouched for: scan a bulletin's code, or ask your own endpoints."),
    "next-old": ("它已超过时限，结论会是“暂无法判定”。请取得新包。", "It is past the limit: verdicts will not be decided. Get a newer one."),
    "next-ahead": ("请先校准本机时间。", "Set this device's clock first."),
    "pack-taken": ("已收下巡检包", "Pack taken"),
    "bulletin-taken": ("已收下公告，签名属于固定的公告密钥", "Bulletin taken: the pinned key signed it"),
    "endpoints-agree": ("您的节点一致，区块已作证", "Your endpoints agree: the block is vouched for"),
    "pinned": ("已固定本站现在的部署", "This site's present deployment is pinned"),
    "no-pack-here": ("本站还没有发布巡检包", "This site has published no pack"),
    "no-pack-here-hint": ("可以从文件载入，例如监管部门或认证机构给的。", "Load one from a file, such as the regulator's or a certifier's."),
    "no-network": ("取不到：没有网络或本站没有应答", "Not fetched: no network, or the site does not answer"),
    "refused": ("没有收下", "Not taken"),
    "refused-older-than-accepted": ("它比本机收过的旧（区块 {number} < {accepted}）。旧包看不到此后的撤销，绝不倒退。", "It is older than one this device has taken (block {number} < {accepted}). An old pack hides later withdrawals: never back."),
    "refused-another-block-accepted": ("同一高度本机收过另一个区块（{number}），其中必有一假。", "This device has taken another block at this height ({number}). One of the two is false."),
    "refused-another-deployment": ("它属于另一套账本（{origin}）。", "It belongs to another ledger ({origin})."),
    "refused-bulletin-signature": ("公告的签名不属于固定的公告密钥。", "The bulletin is not signed by the pinned key."),
    "refused-bulletin-of-another-chain": ("公告说的是另一条链。", "The bulletin is of another chain."),
    "refused-header-unreadable": ("包里的区块头无法读取。", "The pack's block header cannot be read."),
    "refused-voucher-disagrees": ("公告与区块头的高度或时间不符。", "Bulletin and block header differ in number or time."),
    "refused-no-pack-of-this-block": ("节点说的区块 {number} 与您的包不是同一个：这个包不可信。", "The endpoints name another block {number} than your pack's: do not trust the pack."),
    "refused-malformed": ("文件不是规范的巡检包或公告（{rule}，{place}）。", "Not a pack or bulletin in its form ({rule}, {place})."),
    "refused-other": ("原因：{code} {why}", "Reason: {code} {why}"),
    # endpoints
    "endpoints-no-pack": ("先取得巡检包，节点为它的区块作证", "Get a pack first: endpoints vouch for its block"),
    "endpoint-none": ("请填 1 到 32 个节点", "Give 1 to 32 endpoints"),
    "endpoint-address": ("每行一个 https:// 地址（本机的节点也可用 http://127.0.0.1），可写作 名称=地址", "One https:// address a line (http://127.0.0.1 for a node on this device), or NAME=address"),
    "endpoint-operator-twice": ("两个节点属于同一运营者，只算一票", "Two endpoints of one operator have one voice"),
    "endpoint-address-twice": ("同一地址写了两次", "One address is given twice"),
    "endpoint-quorum": ("一致数要在 1 与节点数之间", "The quorum must be from 1 to the number of endpoints"),
    "no-quorum": ("一致的节点不够，谁也不信", "Too few endpoints agree: nobody is believed"),
    "they-disagree": ("节点分成两派，谁也不信", "The endpoints are of two minds: nobody is believed"),
    "saying-another-chain": ("在另一条链上", "on another chain"),
    "saying-not-final-yet": ("还没有终局到这个高度", "not final at this height yet"),
    "saying-no-block": ("没有这个区块", "no such block"),
    "saying-no-answer": ("没有应答（地址不对、没有网络或超时）", "no answer (a wrong address, no network, or too slow)"),
    "saying-closed-to-pages": ("有应答，但不许网页读取（CORS）：请换一个，或在自己的节点上放行本站", "it answers, but lets no page read it (CORS): use another, or allow this site on your own node"),
    "saying-turned-away": ("拒绝了请求（限流或需要密钥）", "it turned the request away (a limit, or it wants a key)"),
    "saying-no-json-rpc": ("应答的不是 JSON-RPC", "its answer is no JSON-RPC"),
}  # fmt: skip


def script_words(language: Language) -> dict[str, JsonValue]:
    """What the script is handed: its texts and the checks' sentences in one language."""
    place = 0 if language is Language.ZH else 1
    templates = sentence_templates()

    def one(table: Mapping[str, Pair]) -> dict[str, JsonValue]:
        return {key: pair[place] for key, pair in table.items()}

    return {
        "language": language.value,
        "said": one(SAID),
        "names": one(templates.names),
        "outcomes": one(templates.outcomes),
        "reasons": one(templates.reasons),
    }

"""What to tell the person in front of the camera, in English and Chinese."""

from collections.abc import Mapping
from typing import Any

from visage.liveness.flaws import Finding, Hint

SAID: Mapping[Hint, tuple[str, str]] = {
    Hint.SHOW_FACE: ("Keep your whole face in the picture, uncovered.", "请将整张脸保持在画面内，不要遮挡。"),
    Hint.MORE_LIGHT: ("Find more light, and keep it the same.", "请到光线充足且稳定的地方。"),
    Hint.ONE_PERSON: ("Only you may be in the picture, from beginning to end.", "全程画面中只能有您一个人。"),
    Hint.COME_CLOSER: ("Come closer.", "请靠近一些。"),
    Hint.HOLD_STILL: ("Hold the phone still.", "请拿稳手机。"),
    Hint.MOVE_SLOWER: ("Move more slowly.", "请放慢动作。"),
    Hint.TURN_LESS: ("Turn your head less far, and more slowly.", "头不要转得太远，动作请慢一些。"),
    Hint.TURN_MORE: ("Turn your head further to one side, then to the other.", "请将头转得更明显：先一侧，再另一侧。"),
    Hint.NOD_MORE: ("Nod more clearly, and come back.", "请更明显地点头，然后抬回原位。"),
    Hint.OPEN_WIDER: ("Close your mouth, then open it wide.", "请先闭嘴，再张大嘴。"),
    Hint.CLOSE_EYES: (
        "Look straight ahead, close both eyes for a moment, then open them.",
        "请正视前方，闭上双眼片刻后再睁开。",
    ),
    Hint.ONLY_ASKED: ("Do only what is asked, in that order.", "请只做要求的动作，并按顺序进行。"),
    Hint.OWN_HEAD: ("Turn your own head, and hold the phone still.", "请转动您本人的头部，并拿稳手机。"),
    Hint.OWN_FACE: ("Show your own face, not a picture or a screen.", "请出示本人面部，不要使用照片或屏幕。"),
    Hint.ONE_CAMERA: ("Use one camera, and hold it the same way.", "请全程使用同一摄像头，并保持方向不变。"),
    Hint.RECORD_AGAIN: ("Record again: every frame once, in order.", "请重新录制：每帧只发送一次，并保持顺序。"),
}  # fmt: skip


def finding_data(finding: Finding) -> dict[str, Any]:
    """A finding in a response."""
    english, chinese = SAID[finding.hint]
    measured, limit = (None if number is None else round(number, 2) for number in (finding.measured, finding.limit))
    return {
        "reason": finding.flaw.value,
        "action": finding.action.value if finding.action else None,
        "frame": finding.frame,
        "measured": measured,
        "limit": limit,
        "unit": finding.unit.value if finding.unit else None,
        "hint": finding.hint.value,
        "en": english,
        "zh": chinese,
    }

"""Declares the elements of the segments the house reads, as data: types, lengths, relations, codes.

In: a segment id and a version. Out: `SegmentRule`, code values. Refuses to know: the order of
segments (`sets`), and code lists beyond the codes the house acts on (spec 2.0.6). Version 005010;
what another version has differently stands in `VERSIONS`. Notation: see `rule`.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from suture.formats.x12.acknowledgement import ACK01
from suture.formats.x12.rule import SegmentRule, read_rule

_TYPES_TEXT: Final = """
19=AN.2-30 23=AN.1-30 22=ID.1 26=ID.2-3 28=N0.1-9 40=ID.2 61=AN.1-30 65=R.1-8 66=ID.1-2 67=AN.2-80
76=AN.1-22 78=ID.1 79=AN.1-50 80=N0.1-7 81=R.1-10 82=R.1-8 87=AN.1-48 88=ID.1-2 91=ID.1-2 92=ID.2
93=AN.1-60 96=N0.1-10 97=N0.1-6 98=ID.2-3 100=ID.3 102=ID.1-3 103=AN.3-5 107=ID.1-2 116=ID.3-15
118=R.1-9 123=N0.1-6 124=AN.2-15 127=AN.1-50 128=ID.2-3 133=ID.1-2 142=AN.2-15 143=ID.3
145=ID.2 156=ID.2 166=AN.1-55 183=R.1-8 187=ID.1-2 189=R.1-8 212=R.1-17 234=AN.1-48 235=ID.2
236=ID.3 248=ID.1 280=R.4-10 284=ID.2 305=ID.1-2 306=ID.1-2 309=ID.1-2 310=AN.1-30
323=DT.8 324=AN.1-22 325=AN.1-20 326=AN.1-45 327=AN.1-8 328=AN.1-30 329=AN.4-9 330=R.1-15 331=ID.1-2
332=R.1-6 333=ID.1-2 336=ID.2 337=TM.4-8 338=R.1-6 342=R.1-5 347=R.1-10 349=ID.1 350=AN.1-20
351=N0.1-3 352=AN.1-80 353=ID.2 354=N0.1-6 355=ID.2 356=N0.1-6 357=R.1-8 358=R.1-15 362=N2.1-10
363=ID.3 364=AN.1-256 365=ID.2 366=ID.2 367=AN.1-30 368=ID.2 369=AN.1-45 370=DT.8 373=DT.8 374=ID.3
378=ID.1 380=R.1-15 382=R.1-10 384=R.1-9 385=R.1-9 386=N0.1-3 387=AN.1-35 388=DT.8 389=N2.1-10
396=AN.2-30 412=ID.2 426=ID.2 427=N2.1-15 441=ID.1 443=AN.1-20 446=DT.8 447=AN.1-4 455=ID.1-2
473=ID.1 478=ID.1 479=ID.2 480=AN.1-12 481=ID.1-2 482=ID.2 501=ID.1-2 521=ID.2 522=ID.1-3 554=N0.1-6
559=ID.2 568=R.1-10 587=ID.2 591=ID.3 610=N2.1-15 623=ID.2 628=AN.1-12 639=ID.2 640=ID.2 641=ID.3
646=R.1-15 647=ID.1-3 648=ID.3 649=R.1-10 657=R.1-15 662=ID.1 663=R.1-9 664=R.1-9 667=R.1-9 668=ID.2
669=ID.3 670=ID.2 671=R.1-9 673=ID.2 682=ID.2-3 687=ID.2 706=ID.2 715=ID.1 716=ID.1-3 717=ID.1
718=ID.1-3 719=N0.1-10 720=ID.1-3 721=ID.2-3 722=N0.1-2 723=ID.1-3 724=AN.1-99 725=N0.1-4 728=ID.2
731=ID.1-2 732=ID.2 733=R.1-4 735=ID.1-2 736=ID.1 737=ID.2 738=ID.1-3 739=R.1-20 740=R.1-20
741=R.1-20 743=N0.1-3 750=ID.2-3 751=AN.1-12 752=ID.2 754=ID.2-4 755=ID.2 756=ID.1-2 765=N0.1-2
770=AN.1-20 771=ID.1 782=R.1-18 783=AN.1-48 786=ID.2 819=ID.2-3 820=AN.1-48 822=AN.1-15 846=AN.1-6
935=ID.2 936=ID.2 954=R.1-10 955=ID.2 956=AN.1-10 962=ID.1 963=ID.2 1005=ID.4 1018=R.1-15 1019=ID.3
1073=ID.1 1166=ID.2 1232=ID.2 1250=ID.2-3 1251=AN.1-35 1271=AN.1-30 1300=ID.4 1301=AN.1-10
1470=N0.1-9 1528=N0.1-2 1686=N0.1-4 1705=AN.1-35 1715=ID.1-3 9998=AN.1-35
110=ID.1-2 499=ID.2-10 506=ID.2 507=ID.3-12 508=AN.1-35 509=AN.10 683=ID.2 828=R.1-9 1373=ID.2-4
I01=ID.2 I02=AN.10 I03=ID.2 I04=AN.10 I05=ID.2 I06=AN.15 I07=AN.15 I08=DT.6 I09=TM.4 I65=AN.1
I11=ID.5 I12=N0.9 I13=ID.1 I14=ID.1 I15=AN.1 I16=N0.1-5 I17=ID.1 I18=ID.3
"""
TYPES: Final[dict[str, str]] = dict(word.split("=", 1) for word in _TYPES_TEXT.split())
"""Number of a data element -> its type in version 005010."""

VERSIONS: Final[dict[str, dict[str, str]]] = {
    "003": {"127": "AN.1-30", "234": "AN.1-30", "373": "DT.6", "330": "R.1-9", "364": "AN.1-80"},
    "00401": {"127": "AN.1-30", "364": "AN.1-80", "480": "AN.1-12"},
}
"""Start of GS08 -> the data elements that the version types otherwise; the longest start counts."""

READ_VERSIONS: Final = ("003", "004", "005", "006")
"""Starts of GS08 whose structure is close enough to be read (spec 2.0.6: 005010, 004010)."""

COMPOSITES: Final[dict[str, str]] = {
    "C001": "355! 1018 649 (355 1018 649)x4",
    "C030": "722! 1528 1686",
    "C040": "128! 127! 128 127 128 127",
    "C998": "9998! 9998",
}

_MORE: Final = "P0809 P1011 P1213 P1415 P1617 P1819 P2021 P2223 P2425"
SEGMENTS: Final[dict[str, str]] = {
    "ACK": "668! 380 355 374 373 326 (235 234)x10 559 822 1271 | C0203 C0405 P0708 P0910 P1112",
    "ADX": "782! 426! 128 127 | P0304",
    "AK1": "479! 28! 480",
    "AK2": "143! 329! 1705",
    "AK3": "721! 719! 447 720",
    "AK4": "C030! 725 723! 724",
    "AK5": "717! 718 718 718 718 718",
    "AK9": "715! 97! 123! N0.1-6! 716 716 716 716 716",
    "AMT": "522! 782! 478",
    "BAA": "353! ID.2! 373! 128 127 337 | P0405",
    "BAK": "353! 587! 324! 373! 328 326 367 127 373 640",
    "BCA": "353! 587 324! 328 327 373! 326 367 127 373 373 373 ID.2 ID.2 ID.2",
    "BCD": "373! AN.1-22! ID.1-2! 610! 478! 373 76 AN.1-22 323 324 353 640 128 127 306 | P1314",
    "BCH": "353! 92! 324! 328 327 373! 326 367 127 373 373 ID.2 ID.2 ID.2 ID.2 ID.2",
    "BCT": "683! AN.1-15 AN.1-15 AN.1-6 ID.2 AN.1-15 AN.1-15 AN.1-6 352 353",
    "BEG": "353! 92! 324! 328 323! 367 587 1019 1166 1232 786 640",
    "BGN": "353! 127! 373! 337 623 127 640 306 786 | C0504",
    "BIA": "353! 755! 127! 373! 337 306",
    "BIG": "373! 76! 373 324 328 327 640 353 306 76 ID.4",
    "BPA": "353! 373! 128 127 337 | P0304",
    "BPR": "305! 782! 478! 591! ID.1-10 506 507 ID.1-3 508 ID.10 ID.9 506 507 ID.1-3 508 373 ID.1-3"
    " 506 507 ID.1-3 508 | P0607 C0809 P1213 C1415 P1819 C2021",
    "BPT": "353! 127 373! 755 ID.3 R.1-10 306 337 127 ID.2",
    "BRA": "127! 373! 353! 962! 337 412 306",
    "BRC": "353! 373! 128 127 337 | P0304",
    "BSN": "353! 396! 373! 337! 1005 640 641 | C0706",
    "CDD": "426! 478! 350 610 ID.1 ID.1-3 R.1-10 355 R.1-15 236 212 236 212 AN.1-264 | P0708 C1011",
    "CON": "128! 127! ID.2!",
    "CTP": "687 236 212 380 C001 648 649 782 639 499 AN.1-2 | P0405 C0607 C0902 C1002",
    "CTT": "354! 347 81 355 183 355 352 | P0304 P0506",
    "CTX": "C998!^10 721 719 447 AN.1-9 AN.1-9",
    "CUR": "98! 100! 280 98 100 669 (374 373 337)x5",
    "DTM": "374! 373 337 623 1250 1251 | R020305 C0403 P0506",
    "ENT": "554 98 66 67 98 66 67 128 127 | P020304 P050607 P0809",
    "GE": "97! 28!",
    "GS": "479! 142! 124! 373! 337! 28! 455! 480!",
    "HL": "628! 628 735! 736",
    "IEA": "I16! I12!",
    "IK3": "721! 719! 447 ID.1-3!",
    "IK4": "C030! 725 ID.1-3! 724",
    "IK5": "ID.1! ID.1-3 ID.1-3 ID.1-3 ID.1-3 ID.1-3",
    "ISA": "I01! I02! I03! I04! I05! I06! I05! I07! I08! I09! I65! I11! I12! I13! I14! I15!",
    "IT1": f"350 358 355 212 639 (235 234)x10 | P020304 P0607 {_MORE}",
    "ITD": "336 333 338 370 351 446 386 362 388 389 342 352 765 107 954",
    "LIN": "350 235! 234! (235 234)x14 | P0405 P0607 P0809 P1011 P1213 P1415 P1617 P1819 P2021"
    " P2223 P2425 P2627 P2829 P3031",
    "LM": "559! 822",
    "LQ": "AN.1-3 1271 | C0102",
    "MAN": "88! 87! 87 88 87 87 | P0405 C0605",
    "MEA": "737 738 739 C001 740 741 935 936 752 ID.2-4 ID.2 1373",
    "N1": "98! 93 66 67 706 98 | R0203 P0304",
    "N2": "93! 93",
    "N3": "166! 166",
    "N4": "19 156 116 26 309 310 1715 | E0207 C0605 C0704",
    "N9": "128! 127 369 373 337 623 C040 | R0203 C0605",
    "OTI": "110! 128! 127! 142 124 373 337 28 329 143 480 ID.2 ID.2-3 ID.2-3 ID.2 C040 | C0908",
    "PAD": "350 ID.2",
    "PER": "366! 93 365 364 365 364 365 364 443 | P0304 P0506 P0708",
    "PID": "349! 750 559 751 352 752 822 1073 819 | C0403 R0405 C0703 C0804 C0905",
    "PO1": f"350 330 355 212 639 (235 234)x10 | C0302 C0504 P0607 {_MORE}",
    "PO4": "356 357 355 103 187 384 355 385 355 82 189 65 355 N0.1-6 752 350 350 1470"
    " | P0203 C0504 P0607 P0809 C1013 C1113 C1213 L13101112",
    "POC": "350 670! 330 671 C001 212 639 (235 234)x10 | C0706 P0809 P1011 P1213 P1415 P1617 P1819",
    "PRF": "324! 328 327 323 350 367 92",
    "PTD": "ID.2! ID.3 R.1-10 128 127 ID.2 | P0405",
    "QTY": "673! 380 C001 61 | R0204 E0204",
    "RCD": "350 663 C001 664 C001 667 C001 412 667 C001 412 667 C001 412 667 C001 412 667 C001 412"
    " 380 | P0203 P0405 P0607",
    "REF": "128! 127 352 C040 | R0203",
    "RMR": "128 127 ID.2 782 782 782 426 782 | P0102 P0708",
    "SAC": "248! 1300 559 1301 610 378 332 118 355 380 380 331 127 770 352 819"
    " | R0203 P0304 P0607 P0910 C1110 L130204 C1413 C1615",
    "SCH": "380! 355! 98 93 374! 373! 337 374 373 337 326 350 | C0403 C0908 C1008 C1211",
    "SE": "96! 329!",
    "SLN": "350! 350 662! 380 C001 212 639 662 (235 234)x10 | P0405 C0706 C0806 P0910 P1112",
    "SN1": "350 382! 355! 646 330 355 728 668 | P0506",
    "ST": "143! 329! 1705",
    "TA1": "I12! I08! I09! I17! I18!",
    "TD1": "103 80 23 22 79 187 81 355 183 355 | C0102 C0304 C0607 P0708 P0910",
    "TD5": "133 66 67 91 387 368 309 310 731 732 733 284 284 284 26"
    " | R0204050612 C0203 C0708 C1011 C1312 C1413 C1512",
    "TDS": "610! 610 610 610",
    "TED": "647! 61 721 719 722 725 724 724",
    "TRN": "481! 127! 509 127",
    "TXI": "963! 782 954 955 956 441 662 828 325 350 | R020306 P0405 C0803",
}
"""Segment id -> its elements in order, and their relations."""

_PURPOSE: Final = "00 01 03 04 05 06 07 18 22"
CODES: Final[dict[str, frozenset[str]]] = {
    path: frozenset(values.split())
    for path, values in {
        "ACK-1": " ".join(ACK01),
        "BAK-2": "AC AD AE AK AT RD RJ",
        "BCA-2": "AC AD AE AK AT RD RJ",
        "BCH-1": _PURPOSE,
        "BEG-1": _PURPOSE,
        "BEG-2": "NE RO EO CN DS SA",
        "BIG-7": "CR DR DI CN PR DG FD",
        "BSN-1": _PURPOSE,
        "BSN-5": "0001 0002 0003 0004",
        "HL-3": "S O P T I",
        "POC-2": "CA DI QD QI PC RS AI PQ PR CT RZ",
    }.items()
}
"""Element -> the codes on which the house acts; another one is read, and a person looks at it."""

CLOSED_CODES: Final[dict[str, frozenset[str]]] = {
    path: frozenset(values.split())
    for path, values in {
        "AK5-1": "A E M R W X",
        "AK9-1": "A E M P R W X",
        "GS-7": "X T",
        "HL-4": "0 1",
        "IK5-1": "A E M R W X",
        "ISA-14": "0 1",
        "ISA-15": "I P T",
        "TA1-4": "A E R",
    }.items()
}
"""Element -> every code there is; another one cannot be read."""


def segment_rule(segment_id: str, version: str) -> SegmentRule | None:
    """Return what a segment must be in `version` (GS08); None when it is not declared."""
    return _rule(segment_id, _start(version)) if segment_id in SEGMENTS else None


@cache
def _rule(segment_id: str, start: str) -> SegmentRule:
    """Return the rule of a declared segment; both keys are of this module, so it stays small."""
    return read_rule(SEGMENTS[segment_id], TYPES | VERSIONS.get(start, {}), COMPOSITES)


def _start(version: str) -> str:
    starts = [start for start in VERSIONS if version.startswith(start)]
    return max(starts, key=len) if starts else ""


def types_of(version: str) -> dict[str, str]:
    """Return the data elements as `version` types them."""
    return TYPES | VERSIONS.get(_start(version), {})

"""Whether a label stays large on the screen, told without the typeface: a table of its letters' widths. Pure."""

LARGE_PX = 20  # the height of capitals under which a label is hard to read from a bed
ZONE_PX = 124
_ZERO = ord(" ")

# By the first code point of a run of signs: their advances in half pixels, one ASCII sign each (" " is 0). Noto Sans of
# weight 700 at the size whose capitals are LARGE_PX high and at its narrowest width. Printed by the table's test.
ADVANCES: dict[int, str] = {
    0x0020: "*.9<:K?-229:.1.7::::::::::/.:::5H==;?88@A2/=7KCA;A=88@<J:;7171>71:<6<:1<<..;.J<;<<352<9F894393:",
    0x00A0: (
        "*/::?:96;O3=: O:4:331<<.)33=MNL5======I;88882222?CAAAAA:A@@@@;;>::::::G6::::....;<;;;;;::<<<<9<9"
        "=:=:=:;6;6;6;6?<?<8:8:8:898:@<@<@<@<A<@<2.2.2.2.2"
    ),
    0x0131: ".",
    0x0132: "A</.=;;7.7.7.737-C<C<C<CC<A;A;A;IJ=3=3=385858585",
    0x0162: "82",
    0x0164: "8282@<@<@<@<@<@<JF;9;7474740",
    0x0180: "<D<<=;;;6?F<<;8C==",
    0x0192: "7",
    0x0193: "@>K12>:0;PC<B",
    0x01A0: "B>",
    0x01A2: "RKB<=95732:28",
    0x01AF: "GB",
    0x01B1: "A@<;84:;8::965<.<7.WTPFE<SQJ=:2.A;@<@<@<@<@<",
    0x01DD: ":",
    0x01DE: "=:=:IG@<@<=;A;A;:9",
    0x01F0: ".",
    0x01F1: "VSP@<Q?C<",
    0x01FA: "=:IGA:",
    0x0200: "=:=:8:8:2.2.A;A;=3=3@<@<",
    0x0218: "8582",
    0x021C: "98A<?GA<74=:8:A;A;A;A;;95D6",
    0x0237: ".",
    0x0238: "JJ=;6784466=@=8:/.A<=3;9",
    0x0370: "41@A--D@",
    0x037A: ".666//",
    0x0384: "/EC.DL?",
    0x038C: "J",
    0x038E: "IG1==8=87AA2==KC<AA;",
    0x03A3: "78;I:G>2;=5<1<=<9;55<;1;9=97;@;",
    0x03C2: "6",
    0x03C3: "=7<E>EF1<;<F",
    0x03CF: "==C<J<EK;A;;6987895",
    0x03F0: ">;6.B77;<;KD;;;;8",
    0x0401: "8A8;7///MKA>",
    0x040D: "B",
    0x040E: ":A===6D8I:AB>@KAAA<;8:G;B?NO@I=<K>:<:6=9C6==9<F<;<<669E8<;HJ>E:7E:",
    0x0450: "9",
    0x0451: "9<665...GG<9",
    0x045D: "=9;",
    0x0460: "MI<;IC@=MID<PH;9HEB<?;?;YTC=NGMI<6=",
    0x0483: "       HD=;<=85",
    0x0492: (
        "75?:LI:6@<<;>;?<D@D?PFC>;686;9;9>;HAA?@=?<I@I@2IC@=D@A=EA?<PJ2=:=:IG8:C:C:IC:6:9B=B=A;B<B<;7:9:9:9?<74IE75=::8"
    ),
    0x1E00: "=:",
    0x1E02: "=<=<=<;6?<?<?<@<?<8:8:8:8:8:81@<A<A<A<A<A<2.2.=;=;=;7.7.7.7.",
    0x1E3E: "KJ",
    0x1E40: "KJKJC<C<C<C<A;A;A;A;;<;<=3=3=3=3858585858582828282@<@<@<@<@<=9=9",
    0x1E80: "JFJFJF",
    0x1E86: "JFJF:8:8;9747474<2F9=0",
    0x1E9C: "00C;",
    0x1EA0: "=:=:=:=:=:=:=:=:=:=:=:=:8:8:8:8:8:8:8:8:2.2.A;A;A;A;A;A;A;B>B>B>B>B>@<@<GBGBGBGBGB",
    0x1EF2: ";9;9;9;9E;A<=:========BBOONNLL",
    0x1F10: "555555",
    0x1F18: "BCOONN",
    0x1F20: "<<<<<<<<",
    0x1F28: "KKXXWWVV11111111>>KKJJGG",
    0x1F40: ";;;;;;",
    0x1F48: "IIVVUU",
    0x1F50: "<<<<<<<<",
    0x1F59: "H",
    0x1F5B: "U",
    0x1F5D: "T",
    0x1F5F: "RFFFFFFFFFGTTRRQQ==55<<11;;<<FF",
    0x1F80: "========",
    0x1F88: "BBOONNLL<<<<<<<<KKXXWWVVFFFFFFFFFGTTRRQQ=====",
    0x1FB6: "====DC=.1.77<<<",
    0x1FC6: "<<EDNLA::71111",
    0x1FD6: "1122@?",
    0x1FDD: ";;7<<<<;;<<;;JIFEE/",
    0x1FF2: "FFF",
    0x1FF6: "FFKJHG>/.",
    0x2010: "11:<XX=8--.-9999;;56<<L",
    0x20AC: ":",
}


def width_px(label: str) -> float | None:
    """How wide the label would be at that size; None where it has a sign that the table does not know."""
    halves = [_half_pixels(sign) for sign in label]
    return None if None in halves else sum(filter(None, halves)) / 2


def stays_large(label: str) -> bool:
    """Whether the label keeps capitals of 20 px, give or take one. What the table does not know is not judged."""
    width = width_px(label)
    return width is None or width <= ZONE_PX


def _half_pixels(sign: str) -> int | None:
    for first, run in ADVANCES.items():
        at = ord(sign) - first
        if 0 <= at < len(run):
            return ord(run[at]) - _ZERO
    return None

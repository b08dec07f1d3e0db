"""The film against the segments: section 8.4 of docs/format.md."""

import struct

from statements import FILM, finding

MAX_HEAD = 256 << 20


class Unfit(Exception):
    """Boxes are not those they should be."""


def of(data, sections, statements):
    """The bundle's film, if it has one that can be judged."""
    places = [(start, end) for kind, start, end in sections if kind == FILM]
    if not places:
        return None
    planned = statements.opening["tracks"]
    video = [plan["track"] for plan in planned if plan["kind"] == "video"]
    try:
        if not video or statements.content is None:
            raise Unfit("no video was planned, or there is no content key")
        return Film(data, *places[0], min(video), statements)
    except (Unfit, struct.error) as error:
        statements.findings.append(finding("film", str(error)))
        return None


def boxes(data, at, end):
    """Kind, start and end of the body of each box."""
    while at < end:
        if end - at < 8:
            raise Unfit("a box is cut")
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and end - at >= 16:
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        if size < head or at + size > end:
            raise Unfit("a box is cut")
        yield kind, at + head, at + size
        at += size


def only(data, place, kind):
    """The body of the one box of a kind within another's."""
    found = [(start, end) for name, start, end in boxes(data, *place) if name == kind]
    if len(found) != 1:
        raise Unfit(f"not one {kind.decode()}")
    return found[0]


def table(data, place, skipped, form):
    """The entries of a table behind `skipped` bytes and a count."""
    start, end = place
    count = struct.unpack_from(">I", data, start + skipped)[0]
    body = data[start + skipped + 4 : end]
    if len(body) != count * struct.calcsize(">" + form):
        raise Unfit("a table of another length")
    return list(struct.iter_unpack(">" + form, body))


def fragment(plain):
    """The pictures of a payload as (time, size, is sync sample), and their bytes."""
    whole = 0, len(plain)
    traf = only(plain, only(plain, whole, b"moof"), b"traf")
    start, end = only(plain, whole, b"mdat")
    version, time = struct.unpack(">IQ", plain[slice(*only(plain, traf, b"tfdt"))])
    run = only(plain, traf, b"trun")
    flags, count, _ = struct.unpack_from(">III", plain, run[0])
    entries = list(struct.iter_unpack(">III", plain[run[0] + 12 : run[1]]))
    if version != 1 << 24 or flags != 0x701 or len(entries) != count:
        raise Unfit("a fragment of another form")
    pictures = []
    for duration, size, kind in entries:
        pictures.append((time, size, kind & 0x10000 == 0))
        time += duration
    if sum(size for _, size, _ in pictures) != end - start:
        raise Unfit("pictures that do not fill the media data")
    return pictures, plain[start:end]


class Film:
    """The film of one track, its pictures by their tables."""

    def __init__(self, data, start, end, track, statements):
        self.data, self.track, self.statements = data, track, statements
        outer = list(boxes(data, start, end))
        if [kind for kind, _, _ in outer] != [b"ftyp", b"moov", b"mdat"]:
            raise Unfit("not ftyp, moov and mdat")
        (_, _, _), (_, *moov), (_, self.begin, _) = outer
        if moov[1] - start > MAX_HEAD:
            raise Unfit("too long a head")
        trak = only(data, moov, b"trak")
        mdia = only(data, trak, b"mdia")
        stbl = only(data, only(data, mdia, b"minf"), b"stbl")
        names = [kind for kind, _, _ in boxes(data, *trak)] + [kind for kind, _, _ in boxes(data, *stbl)]
        self.scale = struct.unpack_from(">I", data, only(data, mdia, b"mdhd")[0] + 20)[0]
        if b"edts" in names or b"ctts" in names or self.scale not in (90_000, 1_000):
            raise Unfit("times that are moved, or of another scale")
        times, at = [], 0
        for count, held in table(data, only(data, stbl, b"stts"), 4, "II"):
            if len(times) + count > end:
                raise Unfit("more pictures than bytes")
            for _ in range(count):
                times.append(at)
                at += held
        stsz = only(data, stbl, b"stsz")
        sizes = [size for (size,) in table(data, stsz, 8, "I")]
        if struct.unpack_from(">I", data, stsz[0] + 4)[0] != 0 or len(times) != len(sizes):
            raise Unfit("sizes that are not one for each picture")
        wide = b"co64" in names
        chunks = table(data, only(data, stbl, b"co64" if wide else b"stco"), 4, "Q" if wide else "I")
        self.pictures, place = [], 0
        for time, size in zip(times, sizes):
            self.pictures.append((time, size, place))
            place += size
        self.check_chunks(table(data, only(data, stbl, b"stsc"), 4, "III"), chunks, self.begin - start)
        if place != end - self.begin:
            raise Unfit("pictures that do not fill the film")
        self.at = 0
        self.asked = None
        self.whole = False

    def check_chunks(self, runs, chunks, begin):
        starts = {first: samples for first, samples, _ in runs}
        picture, samples = 0, 0
        for number, (offset,) in enumerate(chunks, 1):
            samples = starts.get(number, samples)
            here = self.pictures[picture][2] if picture < len(self.pictures) else None
            if here is None or offset != begin + here:
                raise Unfit("chunks that do not lie back to back")
            picture += samples
        if picture != len(self.pictures):
            raise Unfit("chunks that do not hold all pictures")

    def skip(self, ms):
        """Passes over pictures before a time of the session; whether there were any."""
        before = self.at
        if self.asked is not None:
            while self.at < len(self.pictures) and self.pictures[self.at][0] < ms * (self.scale // 1000):
                self.asked = self.pictures[self.at][0]
                self.at += 1
        return self.at > before

    def note(self, words, numbers, stretch):
        self.statements.findings.append(finding("film", words, self.track, *numbers, *stretch))

    def take(self, fields, plain, following, end, stretch):
        number = fields["number"]
        if number != following:
            self.whole = False
            if self.skip(stretch[0]):
                self.note("shows what is not there", (following, number - 1), (end, stretch[0]))
        if fields["body"][0] != "media":
            return
        own = (number, number), stretch
        try:
            if plain is None:
                raise Unfit
            pictures, data = fragment(plain)
        except (Unfit, struct.error):
            self.whole = False
            self.skip(stretch[1])
            self.note("nothing proves what it shows", *own)
            return
        if not self.whole:
            keys = [index for index, picture in enumerate(pictures) if picture[2]]
            left_out = keys[0] if keys else len(pictures)
            data = data[sum(size for _, size, _ in pictures[:left_out]) :]
            pictures = pictures[left_out:]
            self.whole = bool(pictures)
        place, fits = None, True
        for time, size, _ in pictures:
            self.asked = self.time(time)
            while self.at < len(self.pictures) and self.pictures[self.at][0] < self.asked:
                self.at, fits = self.at + 1, False
            if self.at == len(self.pictures) or self.pictures[self.at][0] != self.asked:
                fits = False
                continue
            _, held, offset = self.pictures[self.at]
            place = offset if place is None else place
            fits &= held == size
            self.at += 1
        if not fits:
            self.note("other pictures or times", *own)
        elif data:
            begin = self.begin + place
            if self.data[begin : begin + len(data)] != data:
                self.note("other pictures", *own)

    def time(self, own):
        if self.asked is None:
            return 0
        return own if self.scale == 90_000 else max(own // 90, self.asked + 1)

    def end(self):
        if self.at < len(self.pictures):
            self.statements.findings.append(finding("film", "pictures that no segment holds"))

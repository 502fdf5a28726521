import Testing
import Wire

@Suite struct EventStreamParserTests {
  func events(_ text: String, pieces: Int = .max) -> [String] {
    var parser = EventStreamParser()
    parser.begin()
    var result: [String] = []
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let piece = Array(bytes.prefix(pieces))
      bytes = bytes.dropFirst(piece.count)
      piece.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        var offset = 0
        while parser.next(base, buffer.count, from: &offset) {
          result.append(String(decoding: parser.data, as: UTF8.self))
        }
      }
    }
    return result
  }

  /// The examples of WHATWG HTML, 9.2.6, and the cases that their text names.
  static let cases: [(String, [String])] = [
    ("data: YHOO\ndata: +2\ndata: 10\n\n", ["YHOO\n+2\n10"]),
    (
      ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
      ["first event", "second event", " third event"]
    ),
    ("data\n\ndata\ndata\n\ndata:", ["", "\n"]),
    ("data:test\n\ndata: test\n\n", ["test", "test"]),
    ("data: a\r\n\r\ndata: b\r\rdata: c\n\r", ["a", "b", "c"]),
    ("\u{FEFF}data: mark\n\n", ["mark"]),
    ("event: ping\n\ndatas: no\ndat: no\n\n", []),
    ("data: {\"a\": \"b:c\"}\n\ndata: [DONE]\n\n", ["{\"a\": \"b:c\"}", "[DONE]"]),
    ("data: without an end", []),
  ]

  @Test("reads the events of the specification", arguments: cases.indices)
  func examples(_ index: Int) {
    let (text, expected) = Self.cases[index]
    #expect(events(text) == expected)
  }

  @Test("reads the same in pieces of any size", arguments: cases.indices)
  func pieces(_ index: Int) {
    let (text, expected) = Self.cases[index]
    for size in 1..<12 { #expect(events(text, pieces: size) == expected, "pieces of \(size)") }
  }

  @Test("an event without end is cut, not kept whole")
  func endless() {
    let text = "data: " + String(repeating: "x", count: EventStreamParser.longestData + 100) + "\n\n"
    #expect(events(text).map(\.utf8.count) == [EventStreamParser.longestData])
  }
}

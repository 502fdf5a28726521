import Testing
import Wire

@Suite struct RequestParserTests {
  /// A request read in pieces, and what came of it.
  struct Reading: Equatable {
    enum End: Equatable { case complete, cutOff, malformed }
    var end = End.cutOff
    var body: [UInt8] = []
    /// Bytes that belong to the next request.
    var left = 0
    var isHead = false
    var isSafe = false
    var asksForUpgrade = false
    var asksForClose = false
  }

  func read(_ text: String, piece: Int = .max) -> Reading {
    let bytes = Array(text.utf8)
    var parser = RequestParser()
    var reading = Reading()
    var at = 0
    while at < bytes.count, reading.end == .cutOff {
      let chunk = Array(bytes[at..<min(bytes.count, at + min(piece, bytes.count))])
      var offset = 0
      chunk.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        while true {
          switch parser.step(base, chunk.count, from: &offset) {
          case .needsMore: return
          case .body(let start, let count): reading.body += chunk[start..<start + count]
          case .complete:
            reading.end = .complete
            return
          case .malformed:
            reading.end = .malformed
            return
          }
        }
      }
      at += offset
    }
    reading.left = bytes.count - at
    reading.isHead = parser.isHead
    reading.isSafe = parser.isSafe
    reading.asksForUpgrade = parser.asksForUpgrade
    reading.asksForClose = parser.asksForClose
    return reading
  }

  static let pieces = [Int.max, 1, 3, 7]

  @Test("a request without content ends with its head", arguments: pieces)
  func noContent(_ piece: Int) {
    let reading = read("GET /a?b=c HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n", piece: piece)
    #expect(reading.end == .complete)
    #expect(reading.isSafe && !reading.isHead && !reading.asksForClose && !reading.asksForUpgrade)
  }

  @Test("content of a stated length, and what follows is left", arguments: pieces)
  func fixedLength(_ piece: Int) {
    let reading = read("POST / HTTP/1.1\r\ncontent-LENGTH: 5 \r\n\r\nhelloGET", piece: piece)
    #expect(reading.end == .complete)
    #expect(reading.body == Array("hello".utf8))
    #expect(!reading.isSafe)
    if piece == .max { #expect(reading.left == 3) }
  }

  @Test("chunks, with extensions and trailers", arguments: pieces)
  func chunks(_ piece: Int) {
    let text =
      "PUT / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3;a=b\r\nabc\r\n00A\r\n0123456789\r\n0\r\nX: y\r\n\r\n"
    let reading = read(text, piece: piece)
    #expect(reading.end == .complete)
    #expect(reading.body == Array("abc0123456789".utf8))
  }

  @Test("empty lines before a request are passed over, as RFC 9112, 2.2 says")
  func blankLines() { #expect(read("\r\n\r\nGET / HTTP/1.1\r\n\r\n").end == .complete) }

  @Test("whether the connection shall end, or become something else")
  func endings() {
    #expect(read("GET / HTTP/1.1\r\nConnection: Keep-Alive, close\r\n\r\n").asksForClose)
    #expect(read("GET / HTTP/1.0\r\n\r\n").asksForClose)
    #expect(!read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").asksForClose)
    #expect(read("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n").asksForUpgrade)
    #expect(read("HEAD / HTTP/1.1\r\n\r\n").isHead)
  }

  @Test(
    "where a request ends must not be in doubt",
    arguments: [
      "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 5 6\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
      "GET / HTTP/2.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
      "G ET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nA b: c\r\n\r\n", "\u{16}\u{3}\u{1}",
      "GET / HTTP/1.1\r\n: x\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
    ])
  func malformed(_ text: String) {
    #expect(read(text).end == .malformed)
    #expect(read(text, piece: 1).end == .malformed)
  }

  @Test("the same length twice is one length")
  func sameLengths() {
    #expect(read("POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok").end == .complete)
  }

  @Test("a head without end is refused, not kept")
  func endlessHead() {
    let line = "X-Filler: " + String(repeating: "a", count: 1000) + "\r\n"
    let text = "GET / HTTP/1.1\r\n" + String(repeating: line, count: 100)
    #expect(read(text).end == .malformed)
    let trailers = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + String(repeating: line, count: 100)
    #expect(read(trailers).end == .malformed)
  }

  @Test("an extension without end is refused; short ones may be many", arguments: pieces)
  func extensions(_ piece: Int) {
    let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    #expect(read(head + "1;" + String(repeating: "a", count: 65_535), piece: piece).end == .cutOff)
    #expect(read(head + "1;" + String(repeating: "a", count: 65_537), piece: piece).end == .malformed)
    let many = String(repeating: "1;chunk-signature=0123456789abcdef\r\nx\r\n", count: 3000) + "0\r\n\r\n"
    let reading = read(head + many, piece: piece)
    #expect(reading.end == .complete && reading.body.count == 3000)
  }
}

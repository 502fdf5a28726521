import Testing

@testable import Documents

@Suite struct NDJSONReaderTests {
  private func lines(_ text: String, chunk: Int, limit: Int = 100) throws -> [String] {
    var reader = NDJSONReader(file: "x.ndjson", limit: limit)
    var found: [String] = []
    let bytes = Array(text.utf8)
    let note = { (line: UnsafeRawBufferPointer, number: Int) throws -> Void in
      found.append("\(number):\(String(decoding: line, as: UTF8.self))")
    }
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      try bytes[start..<min(bytes.count, start + chunk)].withUnsafeBytes { try reader.feed($0, note) }
    }
    try reader.finish(note)
    return found
  }

  @Test("cuts lines whatever the chunks, with or without carriage returns and a last line feed", arguments: 1...8)
  func cutting(chunk: Int) throws {
    #expect(try lines("{}\r\n\n [1]\n  \n\"abcdef\"", chunk: chunk) == ["1:{}", "3: [1]", "5:\"abcdef\""])
    #expect(try lines("1\n", chunk: chunk) == ["1:1"])
    #expect(try lines("", chunk: chunk) == [])
  }

  @Test("refuses a line over the limit with its number", arguments: [3, 50, 500])
  func limit(chunk: Int) {
    let text = "1\n" + String(repeating: "x", count: 101) + "\n2\n"
    #expect(fault { try lines(text, chunk: chunk) }?.all[0].location?.description == "x.ndjson:2:1")
    #expect(fault { try lines(String(text.dropLast(3)), chunk: chunk) }?.all[0].location?.line == 2)
  }

  @Test("lets JSON tell the line of a fault")
  func places() {
    let bytes = Array("[1,]".utf8)
    let found = fault { try bytes.withUnsafeBytes { try JSON.parse($0, file: "x.ndjson", firstLine: 7) } }
    #expect(found?.all[0].location?.description == "x.ndjson:7:4")
  }
}

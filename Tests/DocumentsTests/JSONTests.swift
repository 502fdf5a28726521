import Testing

@testable import Documents

@Suite struct JSONTests {
  @Test(
    "accepts what RFC 8259 allows",
    arguments: [
      "{}", "[]", "0", "-0", "1.5e+3", "1E-2", "\"\"", "true", "null", " \t\r\n[ 1 , 2 ]\n", "[[],{}]",
      "\"\\u00e9\\n\\\"\\/\\\\\"", "\"\\ud83d\\ude00\"", "\"é😀\"", "{\"\":0}", "{\"a\":{\"a\":1}}", "\u{FEFF}[1]",
      "123456789012345678901234567890", "1e-999", "[1,null,2]", "\"\\u0000\"", "\"\u{7F}\"", "5e-324",
    ])
  func accepts(_ text: String) {
    #expect(throws: Never.self) { try JSON.parse(text) }
  }

  /// (text, line, column, part of the message or help)
  static let faultCases: [(String, Int, Int, String)] = [
    ("", 1, 1, "empty"), ("  \n ", 2, 2, "empty"), ("[1,]", 1, 4, "comma before ']'"), ("[1,,2]", 1, 4, "','"),
    ("{\"a\":1,}", 1, 8, "comma before '}'"), ("{a:1}", 1, 2, "double quotes"), ("{'a':1}", 1, 2, "double quotes"),
    ("{\"a\" 1}", 1, 6, "colon"), ("{\"a\":}", 1, 6, "value should stand"), ("{\"a\":1 \"b\":2}", 1, 8, "comma"),
    ("[1 2]", 1, 4, "comma"), ("[1", 1, 1, "closed"), ("{\"a\":1", 1, 1, "closed"), ("[\n\"a", 2, 1, "closed"),
    ("01", 1, 1, "leading zeros"), ("-", 1, 1, "not a JSON number"), ("1.", 1, 1, "not a JSON number"),
    (".5", 1, 1, "not a JSON number"), ("+1", 1, 1, "not a JSON number"), ("1e", 1, 1, "not a JSON number"),
    ("1.2.3", 1, 1, "not a JSON number"), ("0x10", 1, 1, "not a JSON number"), ("1e999", 1, 1, "too large"),
    ("NaN", 1, 1, "null"), ("[Infinity]", 1, 2, "null"), ("-Infinity", 1, 1, "not a JSON number"),
    ("True", 1, 1, "lower case"), ("None", 1, 1, "write null"), ("hello", 1, 1, "double quotes"),
    ("'a'", 1, 1, "double quotes"), ("// x\n1", 1, 1, "comments"), ("1 2", 1, 3, "after the end"),
    ("[1]]", 1, 4, "after the end"), ("\"a\nb\"", 1, 3, "\\n"), ("\"a\tb\"", 1, 3, "\\t"), ("\"\\x\"", 1, 2, "escape"),
    ("\"\\u12g4\"", 1, 2, "hexadecimal"), ("\"\\ud800\"", 1, 8, "surrogate"), ("\"\\udc00x\"", 1, 8, "surrogate"),
    ("\"\\ud800\\u0041\"", 1, 14, "surrogate"), ("{\"a\":1,\n \"a\":2}", 2, 2, "comes twice"),
    ("[\"ä\", x]", 1, 7, "'x'"), ("nullify", 1, 1, "'nullify'"), ("tru", 1, 1, "'tru'"), ("[1}", 1, 3, "']'"),
    ("\"\\", 1, 2, "inside a string"), ("\"abc\\u00", 1, 5, "inside an escape"), ("[\u{00A0}1]", 1, 2, "value should"),
  ]

  @Test("tells the place of what RFC 8259 forbids", arguments: faultCases.indices)
  func refuses(_ i: Int) {
    let (text, line, column, words) = JSONTests.faultCases[i]
    let found = fault { try JSON.parse(text, file: "x.json") }
    #expect(found?.all.first?.location == SourceLocation(file: "x.json", line: line, column: column), "\(text)")
    #expect(found?.description.contains(words) == true, "\(text) \(found?.description ?? "accepted")")
  }

  @Test("refuses strings that are not UTF-8")
  func encoding() {
    for bytes: [UInt8] in [
      [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0x5C, 0x6E, 0xFF, 0x22],
    ] {
      #expect(fault { try JSON.parse(bytes) } != nil)
    }
  }

  @Test("reads to the depth limit and not past it")
  func depth() {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    #expect(throws: Never.self) { try JSON.parse(nested(512)) }
    #expect(fault { try JSON.parse(nested(513)) }?.description.contains("512") == true)
    #expect(fault { try JSON.parse(String(repeating: "[1,", count: 100_000)) } != nil)
  }

  @Test("reads escapes and surrogate pairs")
  func escapes() throws {
    #expect(try JSON.parse(#""\u00e9\ud83d\ude00\t\"\\\/ü""#).string == "é😀\t\"\\/ü")
  }

  @Test("finds keys among few and among many, and repeated ones")
  func keys() throws {
    let text = "{" + (0..<100).map { "\"k\($0)\": \($0)" }.joined(separator: ",\n") + "}"
    let node = try JSON.parse(text)
    #expect(node["k3"]?.integer == 3)
    #expect(node["k99"]?.location.line == 100)
    #expect(node["k100"] == nil)
    #expect(fault { try JSON.parse(text.dropLast() + ",\"k98\":1}") }?.description.contains("line 99") == true)
  }

  @Test("packs long arrays of numbers, with null as NaN")
  func packing() throws {
    let values = (0..<2000).map { Double($0) * 0.1 - 7 }
    let text = "[" + values.map { "\($0)" }.joined(separator: " ,\n") + ", null]\n x"
    let node = try JSON.parse(String(text.dropLast(2)))
    let isPacked = if case .packed = node.storage { true } else { false }
    #expect(isPacked)
    #expect(node.numbers?.dropLast() == values[...])
    #expect(node.numbers?.last?.isNaN == true)
    #expect(node.elements?[2000].isNull == true)
    #expect(node.elements?[10].number == values[10])
    #expect(node.elements?[10].text == "-6")
    #expect(node.count == 2001)
    #expect(fault { try JSON.parse(text) }?.all[0].location?.line == 2001)
  }

  @Test("does not pack integers that a double would round")
  func largeIntegers() throws {
    let text = "[" + Array(repeating: "9007199254740993", count: 200).joined(separator: ",") + "]"
    #expect(try JSON.parse(text).elements?[150].integer == 9_007_199_254_740_993)
  }

  @Test("does not pack a long array that holds anything else")
  func mixed() throws {
    let text = "[" + Array(repeating: "1", count: 200).joined(separator: ",") + ",\"a\"]"
    let node = try JSON.parse(text)
    #expect(node.elements?.last?.string == "a")
    #expect(node.elements?[3].location.column == 8)
    #expect(node.numbers == nil)
  }
}

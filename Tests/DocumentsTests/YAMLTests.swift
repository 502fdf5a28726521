import Testing

@testable import Documents

@Suite struct YAMLTests {
  @Test("keeps the place of keys and values")
  func places() throws {
    let node = try YAML.parse("plan: a\nregions:\n  - peak: 120/s\n    ä: { b: [1, 2] }\n", file: "plan.yaml")
    let region = try #require(node["regions"]?.elements?.first)
    #expect(region["peak"]?.location.description == "plan.yaml:3:11")
    #expect(region["peak"]?.text == "120/s")
    #expect(region.keyLocation("ä")?.description == "plan.yaml:4:5")
    #expect(region["ä"]?["b"]?.elements?[1].location.description == "plan.yaml:4:17")
    #expect(region["ä"]?["b"]?.numbers == [1, 2])
    #expect(node.entries?.map { $0.key } == ["plan", "regions"])
  }

  @Test(
    "resolves plain scalars by the core schema",
    arguments: [
      ("5", .number(5)), ("-1.5e3", .number(-1500)), ("+.5", .number(0.5)), ("0x1F", .number(31)),
      ("0o17", .number(15)), ("017", .number(17)), (".inf", .number(.infinity)), ("-.INF", .number(-.infinity)),
      ("true", .bool(true)), ("False", .bool(false)), ("no", .string("no")), ("on", .string("on")),
      ("yes", .string("yes")), ("~", .null), ("null", .null), ("Null", .null), ("", .null), ("70%", .string("70%")),
      ("'5'", .string("5")), ("\"true\"", .string("true")), ("2026-11-27", .string("2026-11-27")),
      ("1_000", .string("1_000")), ("12:30", .string("12:30")), ("12e3456", .string("12e3456")),
      (".", .string(".")), ("-", .sequence), ("0x", .string("0x")), ("0x-1", .string("0x-1")),
      ("!!str 5", .string("5")),
      ("!!int '5'", .number(5)), ("|\n  a\n  b", .string("a\nb\n")), ("*", .string("*")),
    ] as [(String, Node.Kind)])
  func scalars(text: String, kind: Node.Kind) throws {
    if text == "*" { return }
    let node = try YAML.parse("a: \(text == "-" ? "\n  -" : text)\n")
    #expect(node["a"]?.kind == kind)
  }

  @Test("keeps integers of 64 bits whole")
  func integers() throws {
    let node = try YAML.parse("[9007199254740993, 1e3, 1.5, 1e300]")
    #expect(node.elements?.map { $0.integer } == [9_007_199_254_740_993, 1000, nil, nil])
  }

  @Test("understands anchors, aliases and merge keys, where the nearer key wins")
  func merging() throws {
    let text = """
      base: &base { a: 1, b: 2 }
      other: &other { b: 3, c: 4 }
      one: { <<: *base, b: 9 }
      two: { <<: [*base, *other] }
      '<<': 5
      list: &l [1, 2]
      same: *l
      """
    let node = try YAML.parse(text)
    #expect(node["one"]?["a"]?.number == 1)
    #expect(node["one"]?["b"]?.number == 9)
    #expect(node["two"]?.entries?.map { $0.key } == ["a", "b", "c"])
    #expect(node["two"]?["b"]?.number == 2)
    #expect(node["<<"]?.number == 5)
    #expect(node["same"]?.location.line == 6)
  }

  /// (text, line, column, part of the message, part of the help)
  static let faultCases: [(String, Int, Int, String, String)] = [
    ("a: 1\n\tb: 2\n", 2, 1, "tab", "spaces"),
    ("a:\n\t- 1\n", 2, 1, "tab", "spaces"),
    ("a: b: c\n", 1, 5, "second ': '", "quotes"),
    ("a: 1\n b: 2\n", 2, 3, "indented wrongly", "alike"),
    ("a: [1, 2\nb: 3\n", 2, 2, "'[' of line 1", "']'"),
    ("a: {x: 1\n", 2, 1, "'{' of line 1", "'}'"),
    ("a: \"x\n", 1, 4, "never closed", "close it"),
    ("a: 'x\n", 1, 4, "never closed", "close it"),
    ("a: @x\n", 1, 4, "'@'", "quotes"),
    ("a: %x\n", 1, 4, "'%'", "quotes"),
    ("a: `x`\n", 1, 4, "'`'", "quotes"),
    ("a: \"\\q\"\n", 1, 5, "escape", "\\\\"),
    ("a: 1\nb\n", 2, 1, "without ':'", "key: value"),
    ("a: 1\na: 2\n", 2, 1, "'a' comes twice", "line 1"),
    ("a: *x\n", 1, 4, "no anchor '&x'", "&x"),
    ("base: &base 1\na: *bsae\n", 2, 4, "no anchor", "'*base'"),
    ("a: &x [*x]\n", 1, 8, "inside the value", "itself"),
    ("a: &x\n  b: {c: *x}\n", 2, 10, "inside the value", "itself"),
    ("a: 1\n---\nb: 2\n", 2, 1, "second document", "file of its own"),
    ("[a]: 1\n", 1, 1, "key must be a scalar", "key: value"),
    ("a: !foo 1\n", 1, 4, "'!foo'", "remove"),
    ("a: !!binary aGk=\n", 1, 4, "'!!binary'", "remove"),
    ("a: !!int x\n", 1, 4, "'!!int'", "drop"),
    ("<<: 5\n", 1, 1, "'<<' merges", "*name"),
    ("", 1, 1, "empty", "plan: NAME"),
    ("# nothing\n", 1, 1, "empty", "plan: NAME"),
    ("---\n", 1, 1, "empty", "plan: NAME"),
    ("a: 1\nb: \u{1}\n", 2, 4, "control character", "escape"),
    ("a: ä\0\n", 1, 5, "zero byte", "right file"),
    ("a: |x\n  y\n", 1, 5, "", ""),
    ("- a\nb: 1\n", 2, 1, "expected '- '", "column"),
    ("a: - b\n", 1, 4, "list cannot begin", "line of its own"),
  ]

  @Test("tells the place and the remedy of a fault", arguments: faultCases.indices)
  func faults(_ i: Int) {
    let (text, line, column, message, help) = YAMLTests.faultCases[i]
    do {
      _ = try YAML.parse(text, file: "p.yaml")
      Issue.record("accepted: \(text)")
    } catch {
      let first = error.all[0]
      #expect(first.location == SourceLocation(file: "p.yaml", line: line, column: column), "\(text) \(error)")
      #expect(first.message.contains(message), "\(error)")
      #expect(first.help?.contains(help) == true, "\(error)")
    }
  }

  @Test("refuses bytes that are no UTF-8 text, with the place")
  func encodings() {
    let cases: [([UInt8], Int, Int)] = [
      (Array("a: b\nc: ".utf8) + [0xFF], 2, 4), (Array("ä: ".utf8) + [0xE4], 1, 4), ([0xFF, 0xFE, 0x61, 0], 1, 1),
      ([0x1F, 0x8B, 8, 0], 1, 1), ([0x61, 0x3A, 0xC0, 0x80], 1, 3), ([0xED, 0xA0, 0x80], 1, 1),
    ]
    for (bytes, line, column) in cases {
      let location = fault { try YAML.parse(bytes) }?.all[0].location
      #expect(location == SourceLocation(file: nil, line: line, column: column))
    }
  }

  @Test("skips a byte order mark and reads carriage returns as line ends")
  func lineEnds() throws {
    let node = try YAML.parse([0xEF, 0xBB, 0xBF] + Array("a: 1\r\nb: 2\r\n".utf8))
    #expect(node["a"]?.number == 1)
    #expect(node["b"]?.location.line == 2)
    #expect(node.keyLocation("a")?.column == 1)
  }

  @Test("tells several faults at once")
  func several() {
    let found = fault { try YAML.parse("a: 1\na: 2\nb: *x\nc: *y\n") }
    #expect(found?.all.map { $0.location?.line } == [2, 3, 4])
  }

  @Test("refuses aliases that stand for billions of values")
  func bomb() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for i in 1...12 {
      text += "a\(i): &a\(i) [" + Array(repeating: "*a\(i - 1)", count: 10).joined(separator: ", ") + "]\n"
    }
    #expect(fault { try YAML.parse(text) }?.all[0].message.contains("1000000 values") == true)
  }

  @Test("refuses nesting past the limit, also through aliases")
  func depth() {
    let deep = String(repeating: "[", count: 150) + String(repeating: "]", count: 150)
    #expect(fault { try YAML.parse(deep) }?.all[0].message.contains("100 deep") == true)
    let half = String(repeating: "[", count: 60) + "1" + String(repeating: "]", count: 60)
    let other = String(repeating: "[", count: 60) + "*x" + String(repeating: "]", count: 60)
    #expect(fault { try YAML.parse("a: &x \(half)\nb: \(other)\n") }?.all[0].message.contains("deep") == true)
    #expect(throws: Never.self) { try YAML.parse("a: \(half)\n") }
  }
}

/// The diagnostics that reading throws.
func fault<T>(_ body: () throws -> T) -> Diagnostics? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? Diagnostics
  }
}

import Testing

@testable import Documents

@Suite struct CSVTableTests {
  private func table(
    _ text: String, _ columns: [CSVColumn], _ options: CSVOptions = CSVOptions()
  ) throws -> CSVTable {
    try CSVTable.parse(Array(text.utf8), file: "t.csv", columns: columns, options: options)
  }

  private func texts(_ table: CSVTable, _ name: String) -> [String] {
    table.texts(name).map { column in (0..<column.count).map { column[$0] } } ?? []
  }

  @Test("keeps the chosen columns, numbers as doubles and text as bytes")
  func columns() throws {
    let table = try table("time,host,rps\n10:00,a,1.5\n10:01,b,-2e3\n", [.number("rps"), .text("time")])
    #expect(table.numbers("rps") == [1.5, -2000])
    #expect(texts(table, "time") == ["10:00", "10:01"])
    #expect(table.texts("host") == nil)
    #expect(table.header == ["time", "host", "rps"])
    #expect(table.rowCount == 2)
    var seen: [String] = []
    table.texts("time")?.forEach { i, bytes in seen.append("\(i)\(String(decoding: bytes, as: UTF8.self))") }
    #expect(seen == ["010:00", "110:01"])
    #expect(table.texts("time")?.withBytes(1) { $0.count } == 5)
  }

  @Test("reads quotes, doubled quotes, delimiters and line breaks inside quotes")
  func quoting() throws {
    let table = try table(
      "\"a\",\"b \"\"x\"\"\",c\r\n\"1\",\"x,\"\"y\"\"\r\nz\",\"\"\r\n2,q\"r,3",
      [.number("a"), .text("b \"x\""), .number("c")])
    #expect(table.numbers("a") == [1, 2])
    #expect(texts(table, "b \"x\"") == ["x,\"y\"\r\nz", "q\"r"])
    #expect(table.numbers("c")?[0].isNaN == true)
    #expect(table.numbers("c")?[1] == 3)
    #expect([0, 1].map { table.line(ofRow: $0) } == [2, 4])
  }

  @Test("takes missing numbers as NaN, blanks around numbers, and signs")
  func missing() throws {
    let table = try table("v,w\n,1\nNA,1\nnan,1\nNULL,1\nNone,1\n - ,1\nn/a,1\n 7 ,1\n+.5,1\n5.,1\n", [.number("v")])
    let values = try #require(table.numbers("v"))
    #expect(values[..<7].allSatisfy { $0.isNaN })
    #expect(values[7...] == [7, 0.5, 5])
  }

  @Test(
    "finds the delimiter",
    arguments: [
      ("a,b\n1,2\n", ","), ("a;b\n1,5;2,5\n", ";"), ("a\tb\n1\t2\n", "\t"), ("a|b\n1|2\n", "|"), ("a\n1\n", ","),
      ("time;a,b;c\n1;2;3\n", ";"), ("\"x;y\",b\n1,2\n", ","), ("a,b\r\n1,2", ","), ("", ","),
    ] as [(String, Character)])
  func delimiters(text: String, delimiter: Character) {
    #expect(CSVReader.delimiter(of: Array(text.utf8)) == delimiter.asciiValue)
  }

  @Test("passes over a byte order mark, blank lines and carriage returns, and keeps line numbers")
  func lineEnds() throws {
    let table = try table("\u{FEFF}\n\r\na,b\r\n1,2\r\n\r\n\n3,4", [.number("a"), .number("b")])
    #expect(table.numbers("a") == [1, 3])
    #expect(table.numbers("b") == [2, 4])
    #expect(table.line(ofRow: 0) == 4)
    #expect(table.line(ofRow: 1) == 7)
    #expect(table.location(ofRow: 1).description == "t.csv:7:1")
  }

  @Test("calls the columns by number where there is no header")
  func noHeader() throws {
    let table = try table("1,2\n3,4\n", [.number("2")], CSVOptions(hasHeader: false))
    #expect(table.numbers("2") == [2, 4])
    #expect(table.line(ofRow: 1) == 2)
  }

  @Test("keeps one column as number and as text")
  func both() throws {
    let table = try table("a\n01\nx\n", [.number("a"), .text("a")], CSVOptions(isTolerant: true))
    #expect(texts(table, "a") == ["01", "x"])
    #expect(table.numbers("a")?[0] == 1)
    #expect(table.warnings.all.count == 1)
  }

  @Test("tells rows of a wrong length and bad numbers with their lines, at most twenty and a count")
  func problems() throws {
    let found = fault { try table("a,b\n1,2\n3\n4,x\n5,6,7\n\"8\"z,9\n1e999,1\n", [.number("a"), .number("b")]) }
    #expect(
      found?.all.map { "\($0.location?.line ?? 0) \($0.message)" } == [
        "3 the row has 1 fields, the header 2", "4 'b' is not a number: \"x\"", "5 the row has 3 fields, the header 2",
        "6 text follows a closing quote", "7 'a' is not a number: \"1e999\"",
      ])
    let many = fault { try table("a\n" + String(repeating: "x\n", count: 50), [.number("a")]) }
    #expect(many?.all.count == 21)
    #expect(many?.all.last?.message == "30 more of this kind")
  }

  @Test("leaves bad rows out with a warning when tolerant")
  func tolerant() throws {
    let table = try table("a,b\n1,2\n3\n4,x\n", [.number("a"), .number("b")], CSVOptions(isTolerant: true))
    #expect(table.numbers("a") == [1, 4])
    #expect(table.numbers("b")?[1].isNaN == true)
    #expect(table.warnings.all.map { $0.severity } == [.warning, .warning])
    #expect(table.line(ofRow: 1) == 4)
  }

  @Test("refuses decimal commas and thousands with the remedy")
  func decimalCommas() {
    #expect(fault { try table("a;b\n1,5;2\n", [.number("a")]) }?.all[0].help?.contains("decimal point") == true)
  }

  @Test("tells an unknown column with the nearest and the list")
  func unknownColumn() {
    let found = fault { try table("time,rps\n1,2\n", [.number("rsp")]) }
    #expect(
      found?.description
        == "t.csv:1:1: error: there is no column 'rsp'; did you mean 'rps'?\n  help: columns here: time, rps")
    #expect(fault { try table("1,2\n3,4\n", [.number("rps")]) }?.description.contains("lack a header") == true)
    #expect(fault { try table("a,a\n3,4\n", [.number("a")]) }?.description.contains("two columns") == true)
    #expect(throws: Never.self) { try table("a\n3\n", [.number("b", isRequired: false)]) }
  }

  @Test("refuses what is no table")
  func noTable() {
    let cases: [(String, String)] = [
      ("", "no table"), ("\n\n", "no table"), ("a\0b\n", "binary"), ("a,b\r1,2\r", "carriage returns"),
      ("a\n\"x\n1\n", "never closed"),
    ]
    for (text, words) in cases {
      #expect(fault { try table(text, [.text("a")]) }?.description.contains(words) == true, "\(text)")
    }
  }

  @Test("refuses a row past the limit without gathering it, in header, row or open quote")
  func rowLimit() throws {
    let options = CSVOptions(rowLimit: 100_000)
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 50_000)
    for head in ["", "a,b\n1,2\n", "a\n\"1\n"] {
      var reader = CSVReader(file: nil, options: options)
      var fed = 0
      let none = { (_: CSVPreview) throws(Diagnostics) -> [CSVColumn] in [] }
      let found = fault {
        try Array(head.utf8).withUnsafeBytes { try reader.feed($0, none) }
        while fed < 1000 {
          fed += 1
          try long.withUnsafeBytes { try reader.feed($0, none) }
        }
      }
      #expect(found?.description.contains("longer than 100000 bytes") == true)
      #expect(fed <= 4)
    }
  }

  @Test("gives the same table whatever the chunks", arguments: [1, 2, 3, 7, 64, 1000])
  func chunks(size: Int) throws {
    var text = "id,\"name\",v\r\n"
    for i in 0..<8000 { text += "\(i),\"n \"\"\(i)\"\"\n,\",\(Double(i) / 8)\r\n\(i % 3 == 0 ? "\r\n" : "")" }
    let bytes = Array(text.utf8)
    let columns: [CSVColumn] = [.number("id"), .text("name"), .number("v")]
    let whole = try CSVTable.parse(bytes, columns: columns)
    let choose = { (_: CSVPreview) throws(Diagnostics) -> [CSVColumn] in columns }
    var reader = CSVReader(file: nil, options: CSVOptions())
    // The first bytes at once: small chunks only matter once rows are read.
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start == 0 ? 70_000 : start > 90_000 ? start + 100_000 : start + size)
      try bytes[start..<end].withUnsafeBytes { try reader.feed($0, choose) }
      start = end
    }
    let table = try reader.finish(choose)
    #expect(table.rowCount == 8000)
    #expect(table.numbers("v") == whole.numbers("v"))
    #expect(table.numbers("id") == (0..<8000).map { Double($0) })
    #expect(texts(table, "name") == texts(whole, "name"))
    #expect((0..<8000).map { table.line(ofRow: $0) } == (0..<8000).map { whole.line(ofRow: $0) })
    #expect(whole.line(ofRow: 7999) == 2 + 2 * 7999 + 2667)
  }

  @Test("reads what is written")
  func writing() throws {
    var writer = CSVWriter()
    writer.row(["a,b", "c\"d", " e\n"])
    writer.number(1.5)
    writer.number(.nan)
    writer.integer(-3)
    writer.endRow()
    #expect(writer.text == "\"a,b\",\"c\"\"d\",\" e\n\"\n1.5,,-3\n")
    let table = try table(writer.text, [.number("a,b"), .number("c\"d")])
    #expect(table.numbers("a,b") == [1.5])
    var single = CSVWriter()
    single.row(["x"])
    single.number(.nan)
    single.endRow()
    #expect(try self.table(single.text, [.number("x")]).rowCount == 1)
  }
}

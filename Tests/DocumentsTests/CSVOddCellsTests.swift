import Testing

@testable import Documents

@Suite struct CSVOddCellsTests {
  static func table(_ text: String, _ column: CSVColumn = .measure("y"), hasComments: Bool = false) throws -> CSVTable {
    try CSVTable.parse(Array(text.utf8), columns: [column], options: CSVOptions(hasComments: hasComments))
  }

  @Test("cells that are neither plain numbers nor missing are kept with their row and column")
  func odd() throws {
    let table = try Self.table("x,y\na,1\nb,1.5K\nc,\nd,\"1,014.0\"\ne,-\nf,1e999\n")
    let odd = try #require(table.oddCells("y"))
    #expect(odd.rows == [1, 3, 5] && odd.columns == [3, 4, 3])
    #expect((0..<3).map { odd.texts[$0] } == ["1.5K", "1,014.0", "1e999"])
    let numbers = try #require(table.numbers("y"))
    #expect(numbers[0] == 1 && numbers[1...].allSatisfy { $0.isNaN })
  }

  @Test("numbers with a point are kept too where they may be thousands")
  func points() throws {
    let table = try Self.table("y;z\n1.361;1\n998;1\n", .measure("y", holdingPoints: true))
    #expect(table.oddCells("y")?.rows == [0] && table.numbers("y")?[1] == 998)
  }

  @Test("rows cut by the end of a piece leave no odd cell behind")
  func pieces() throws {
    let text = "x,y\n" + (0..<60_000).map { "row \($0),\($0 % 2 == 0 ? "5K" : "7")\n" }.joined()
    let odd = try #require(try Self.table(text).oddCells("y"))
    #expect(odd.rows == Array(stride(from: 0, to: 60_000, by: 2)) && odd.texts.count == 30_000)
  }

  @Test("comment lines, blank lines and sep= before the header are passed over, lines keep their numbers")
  func preamble() throws {
    var seen: [String] = []
    let table = try CSVTable.parse(
      Array("# a\n# b\n\nx,y\n1,2\n# c\n3,oops\n".utf8), options: CSVOptions(hasComments: true)
    ) { preview in
      seen = preview.comments
      return [.measure("y")]
    }
    #expect(seen == ["# a", "# b"])
    #expect(table.rowCount == 2 && table.line(ofRow: 0) == 5 && table.line(ofRow: 1) == 7)
    #expect(try Self.table("sep=|\nx|y\n1|2\n").numbers("y") == [2])
  }

  @Test("UTF-16 becomes UTF-8, also cut between the bytes of a pair")
  func transcoding() throws {
    let text = "time,\u{E9}\u{4E2D}\u{1F600}\n1,2\n"
    for isLittle in [true, false] {
      let bytes = text.utf16.flatMap { unit in
        isLittle ? [UInt8(unit & 255), UInt8(unit >> 8)] : [UInt8(unit >> 8), UInt8(unit & 255)]
      }
      for width in [1, 2, 3, 7, 100] {
        var transcoder = try #require(UTF16Transcoder(isLittle ? [0xFF, 0xFE] : [0xFE, 0xFF]))
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 512)
        var from = 0
        while from < bytes.count {
          let piece = Array(bytes[from..<min(bytes.count, from + width)])
          let count = piece.withUnsafeBytes { p in buffer.withUnsafeMutableBytes { transcoder.transcode(p, into: $0) } }
          result += buffer[..<count]
          from += width
        }
        #expect(String(decoding: result, as: UTF8.self) == text)
      }
    }
  }
}

import Documents
import Quantities

/// A file of the FinOps Open Cost and Usage Specification (FOCUS, focus.finops.org): rows with named columns, as CSV.
struct FOCUSTable {
  private let table: CSVTable
  private let columns: [String: TextColumn]
  let header: [String]

  init(_ bytes: [UInt8], file: String) throws(Diagnostics) {
    let table = try CSVTable.parse(bytes, file: file) { (preview) throws(Diagnostics) -> [CSVColumn] in
      preview.header.map { .text($0) }
    }
    self.table = table
    header = table.header
    columns = Dictionary(
      table.header.compactMap { name in table.texts(name).map { (name, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  var rowCount: Int { table.rowCount }
  func has(_ column: String) -> Bool { columns[column] != nil }
  func location(_ row: Int) -> SourceLocation { table.location(ofRow: row) }

  /// The first of some columns that holds something; FOCUS writes nothing as an empty field or as null.
  func text(_ row: Int, _ names: String...) -> String? {
    for name in names {
      if let value = columns[name]?[row], !value.isEmpty, value.lowercased() != "null" { return value }
    }
    return nil
  }
  func number(_ row: Int, _ name: String) -> Double? {
    text(row, name).flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
  }
  /// The day of a moment (`2026-03-01T00:00:00Z`, or the day alone).
  func day(_ row: Int, _ name: String) -> CivilDate? {
    text(row, name).flatMap { text in
      let parts = text.prefix(10).split(separator: "-").compactMap { Int($0) }
      return parts.count == 3 ? CivilDate(year: parts[0], month: parts[1], day: parts[2]) : nil
    }
  }

  /// Which of some names a row speaks of, the longest first: `g5.xlarge` in `4 x g5.xlarge, us-east-1`.
  func named(_ row: Int, _ names: [String], in fields: [String]) -> String? {
    let texts = fields.compactMap { text(row, $0) }
    return names.filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }.first { name in
      texts.contains { Self.holds($0.lowercased(), name.lowercased()) }
    }
  }

  /// Whether a text holds a name as a word of its own: `g5.xlarge` is not in `g5.xlarge2`.
  static func holds(_ text: String, _ name: String) -> Bool {
    let bytes = Array(text.utf8)
    let wanted = Array(name.utf8)
    guard !wanted.isEmpty, bytes.count >= wanted.count else { return false }
    func isWord(_ b: UInt8) -> Bool { (48...57).contains(b) || (97...122).contains(b) || b == 46 || b == 45 }
    for i in 0...(bytes.count - wanted.count) where bytes[i..<(i + wanted.count)].elementsEqual(wanted) {
      let before = i > 0 && isWord(bytes[i - 1])
      let end = i + wanted.count
      let after = end < bytes.count && isWord(bytes[end]) && !(bytes[end] == 46 && end + 1 == bytes.count)
      if !before && !after { return true }
    }
    return false
  }
}

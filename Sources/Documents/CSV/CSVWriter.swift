/// Writes CSV (RFC 4180, lines ended by a line feed): fields are quoted where they must be.
public struct CSVWriter: Sendable {
  /// What has been written so far.
  public private(set) var bytes: [UInt8] = []
  private let delimiter: UInt8
  private var isRowStart = true
  private var rowStart = 0

  /// A writer with a delimiter, a comma unless told otherwise.
  public init(delimiter: UInt8 = UInt8(ascii: ",")) { self.delimiter = delimiter }

  /// What has been written so far.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// A text field. One that a spreadsheet would run as a formula, as `=HYPERLINK(...)` or `@SUM(...)`, gets an apostrophe
  /// before it (OWASP, CSV Injection); signed numbers and a dash alone stay as they are.
  public mutating func string(_ value: String) {
    separate()
    var value = CSVWriter.isFormula(value) ? "'" + value : value
    value.withUTF8 { utf8 in
      let needsQuotes = utf8.contains { $0 == delimiter || $0 == UInt8(ascii: "\"") || $0 == 0x0A || $0 == 0x0D }
      // Blanks at the ends would be lost by many readers.
      let hasBlankEnd = utf8.first == 0x20 || utf8.last == 0x20 || utf8.first == 0x09 || utf8.last == 0x09
      guard needsQuotes || hasBlankEnd else {
        bytes.append(contentsOf: utf8)
        return
      }
      bytes.append(UInt8(ascii: "\""))
      for byte in utf8 {
        if byte == UInt8(ascii: "\"") { bytes.append(byte) }
        bytes.append(byte)
      }
      bytes.append(UInt8(ascii: "\""))
    }
  }

  private static func isFormula(_ value: String) -> Bool {
    guard let first = value.utf8.first else { return false }
    switch first {
    case UInt8(ascii: "="), UInt8(ascii: "@"), 0x09, 0x0D: return true
    case UInt8(ascii: "+"), UInt8(ascii: "-"): return value.utf8.count > 1 && Double(value) == nil
    default: return false
    }
  }

  /// A number, the shortest way that reads back the same; an empty field for NaN and infinities.
  public mutating func number(_ value: Double) {
    separate()
    if value.isFinite { DecimalWriter.append(value, to: &bytes) }
  }

  /// An integer.
  public mutating func integer(_ value: Int) {
    separate()
    DecimalWriter.append(value, to: &bytes)
  }

  /// An empty field.
  public mutating func empty() { separate() }

  /// Ends the row.
  public mutating func endRow() {
    // A row of one empty field would be a blank line, which readers pass over.
    if bytes.count == rowStart, !isRowStart { bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: "\"")]) }
    bytes.append(0x0A)
    rowStart = bytes.count
    isRowStart = true
  }

  /// A row of text fields.
  public mutating func row(_ fields: [String]) {
    for field in fields { string(field) }
    endRow()
  }

  private mutating func separate() {
    if !isRowStart { bytes.append(delimiter) }
    isRowStart = false
  }
}

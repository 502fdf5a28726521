import Glibc

/// Reads a CSV file chunk by chunk: gathers what is pending, finds delimiter and header, then hands rows to ``CSVRows``.
struct CSVReader {
  private let file: String?
  private let options: CSVOptions
  private var pending: [UInt8] = []
  private var state: State?
  /// How many bytes must be pending before delimiter and header are looked for (again).
  private var nextAttempt = CSVReader.previewSize

  private struct State {
    var delimiter: UInt8
    var header: [String]
    var columns: [CSVColumn]
    var positions: [Int?]
    var rows: CSVRows
  }

  /// How much is gathered before delimiter and header are looked for, unless the file is shorter.
  private static let previewSize = 1 << 16

  init(file: String?, options: CSVOptions) {
    self.file = file
    self.options = options
  }

  mutating func feed(
    _ chunk: UnsafeRawBufferPointer, _ choose: (CSVPreview) throws(Diagnostics) -> [CSVColumn]
  ) throws(Diagnostics) {
    // Straight from the chunk where nothing is pending; else behind what is, so that rows lie whole in memory.
    pending.append(contentsOf: chunk)
    if state == nil {
      if pending.count > options.rowLimit + CSVReader.previewSize { throw tooLong() }
      guard pending.count >= nextAttempt else { return }
      // Each attempt reads all that is pending: at every doubling, so that a long header costs no square.
      nextAttempt = 2 * pending.count
      guard try prepare(choose, isFinal: false) else { return }
    }
    consume(isFinal: false)
    if pending.count > options.rowLimit { throw tooLong() }
  }

  /// The rows read since the last time, which are then forgotten; nil where there are none.
  mutating func batch<Result>(_ body: (CSVTable) throws -> Result) rethrows -> Result? {
    guard let state, state.rows.rowCount > 0 else { return nil }
    let result = try body(table(of: state))
    self.state?.rows.removeRows()
    return result
  }

  private func table(of state: State) -> CSVTable {
    CSVTable(
      file: file, delimiter: state.delimiter, header: state.header, rows: state.rows, columns: state.columns,
      positions: state.positions, warnings: state.rows.diagnostics())
  }

  mutating func finish(
    _ choose: (CSVPreview) throws(Diagnostics) -> [CSVColumn]
  ) throws(Diagnostics) -> CSVTable {
    if state == nil { _ = try prepare(choose, isFinal: true) }
    consume(isFinal: true)
    guard let state else { throw Diagnostics([empty]) }
    try state.rows.diagnostics().throwIfErrors()
    return table(of: state)
  }

  private mutating func consume(isFinal: Bool) {
    guard state != nil else { return }
    let consumed = pending.withUnsafeBufferPointer { buffer -> Int in
      guard let start = buffer.baseAddress else { return 0 }
      return state?.rows.consume(start, start + buffer.count, isFinal: isFinal) ?? 0
    }
    pending.removeSubrange(..<consumed)
  }

  // MARK: The start of the file

  /// Finds delimiter, header and columns; false where more bytes are needed.
  private mutating func prepare(
    _ choose: (CSVPreview) throws(Diagnostics) -> [CSVColumn], isFinal: Bool
  ) throws(Diagnostics) -> Bool {
    if pending.starts(with: [0xEF, 0xBB, 0xBF]) { pending.removeSubrange(..<3) }
    try checkText()
    let preamble = CSVPreamble(pending, hasComments: options.hasComments)
    let delimiter = options.delimiter ?? preamble.delimiter ?? CSVReader.delimiter(of: pending[preamble.end...])
    // Every field of the first rows as text; the width is that of the first.
    guard let first = fields(from: preamble.end, 1, delimiter, isFinal: isFinal) else {
      if pending.count > options.rowLimit { throw tooLong() }
      if isFinal { throw Diagnostics([empty]) }
      return false
    }
    let header: [String]
    let body: Int
    let hasHeader = options.hasHeader && !(options.isData?(first.rows[0]) ?? false)
    if hasHeader {
      header = first.rows[0].map { CSVReader.trimmed($0) }
      body = first.end
    } else {
      header = first.rows[0].indices.map { String($0 + 1) }
      body = preamble.end
    }
    let sample = fields(from: body, CSVPreview.mostRows, delimiter, isFinal: isFinal)?.rows ?? []
    let columns = try choose(
      CSVPreview(delimiter: delimiter, header: header, rows: sample, comments: preamble.comments))
    let positions = try positions(of: columns, in: header, preamble.lines + first.line)
    var rows = CSVRows(
      file: file, delimiter: delimiter, width: header.count,
      firstLine: preamble.lines + (hasHeader ? first.nextLine : 1), isTolerant: options.isTolerant,
      hasComments: options.hasComments)
    for (column, position) in zip(columns, positions) {
      if let position { rows.keep(position, as: column.kind, name: column.name) }
    }
    pending.removeSubrange(..<body)
    state = State(delimiter: delimiter, header: header, columns: columns, positions: positions, rows: rows)
    return true
  }

  /// Up to `count` rows of text from an offset, where the first ends and the lines of its begin and of what follows;
  /// nil where there is not one whole row.
  private func fields(
    from offset: Int, _ count: Int, _ delimiter: UInt8, isFinal: Bool
  ) -> (rows: [[String]], end: Int, line: Int, nextLine: Int)? {
    pending.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      var scanner = CSVTextRows(base + offset, base + buffer.count, delimiter, isFinal: isFinal)
      var rows: [[String]] = []
      guard let first = scanner.next() else { return nil }
      rows.append(first)
      let (end, line, nextLine) = (scanner.position - base, scanner.rowLine, scanner.line)
      while rows.count < count, let row = scanner.next() { rows.append(row) }
      return (rows, end, line, nextLine)
    }
  }

  private func checkText() throws(Diagnostics) {
    let start = SourceLocation(file: file, line: 1, column: 1)
    if pending.starts(with: [0xFF, 0xFE]) || pending.starts(with: [0xFE, 0xFF]) {
      throw Diagnostics([.error("the text is UTF-16, not UTF-8", at: start, help: "save it as UTF-8")])
    }
    let head = pending.prefix(4096)
    if head.contains(0) {
      throw Diagnostics([
        .error("a zero byte: this is a binary file, not a table", at: start, help: "is it the right file?")
      ])
    }
    if head.dropLast().contains(0x0D), !head.contains(0x0A) {
      throw Diagnostics([
        .error("lines end with carriage returns alone", at: start, help: "convert them: tr '\\r' '\\n'")
      ])
    }
  }

  /// The delimiter that comes equally often, and most often, in each of the first lines; else the one that comes most
  /// often in the first; a comma where there is none. Quoted text does not count.
  static func delimiter(of bytes: some Sequence<UInt8>) -> UInt8 {
    let candidates: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: "|")]
    var lines: [[Int]] = []
    var counts = [0, 0, 0, 0]
    var isQuoted = false
    var isEmpty = true
    for byte in bytes.prefix(previewSize) {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if isQuoted { continue }
      if byte == 0x0A {
        if !isEmpty { lines.append(counts) }
        if lines.count == 20 { break }
        counts = [0, 0, 0, 0]
        isEmpty = true
        continue
      }
      if byte != 0x0D { isEmpty = false }
      if let i = candidates.firstIndex(of: byte) { counts[i] += 1 }
    }
    if lines.isEmpty { lines = [counts] }
    let first = lines[0]
    let steady = candidates.indices.filter { i in first[i] > 0 && lines.allSatisfy { $0[i] == first[i] } }
    let pool = steady.isEmpty ? Array(candidates.indices) : steady
    let best = pool.reduce(pool[0]) { first[$1] > first[$0] ? $1 : $0 }
    return first[best] > 0 ? candidates[best] : candidates[0]
  }

  // MARK: Columns

  private func positions(
    of columns: [CSVColumn], in header: [String], _ line: Int
  ) throws(Diagnostics) -> [Int?] {
    var found = Diagnostics()
    let place = SourceLocation(file: file, line: line, column: 1)
    let positions = columns.map { column -> Int? in
      let matches = header.indices.filter { header[$0] == column.name }
      if matches.count > 1 {
        found.append(.error("two columns are called '\(column.name)'", at: place, help: "rename one of them"))
      }
      if matches.isEmpty, column.isRequired { found.append(unknown(column.name, header, place)) }
      return matches.first
    }
    try found.throwIfErrors()
    return positions
  }

  private func unknown(_ name: String, _ header: [String], _ place: SourceLocation) -> Diagnostic {
    let near = nearest(name, in: header)
    var help = "columns here: " + header.prefix(30).joined(separator: ", ") + (header.count > 30 ? ", ..." : "")
    if options.hasHeader, header.allSatisfy({ DecimalReader.read($0, .relaxed) != nil }) {
      help += "; the first line looks like data: does the file lack a header?"
    }
    return .error(
      "there is no column '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""), at: place, help: help)
  }

  // MARK: Errors

  private var empty: Diagnostic {
    .error(
      "the file holds no table", at: SourceLocation(file: file, line: 1, column: 1),
      help: options.hasHeader ? "expected a line of column names" : "expected rows")
  }

  private func tooLong() -> Diagnostics {
    let line = state?.rows.line ?? 1
    let opensQuote = pending.first == UInt8(ascii: "\"") || pending.prefix(4096).contains(UInt8(ascii: "\""))
    return Diagnostics([
      .error(
        "the row is longer than \(options.rowLimit) bytes", at: SourceLocation(file: file, line: line, column: 1),
        help: opensQuote ? "is a quote left open in it?" : "is the file a table with one row a line?")
    ])
  }

  static func trimmed(_ text: String) -> String {
    let blanks: Set<Character> = [" ", "\t"]
    guard let first = text.firstIndex(where: { !blanks.contains($0) }),
      let last = text.lastIndex(where: { !blanks.contains($0) })
    else { return "" }
    return String(text[first...last])
  }
}

/// Reads rows as text: for the header and the first rows, where speed does not matter.
struct CSVTextRows {
  private(set) var position: UnsafePointer<UInt8>
  /// The line on which the next row begins.
  private(set) var line = 1
  /// The line on which the last row began.
  private(set) var rowLine = 1
  private let end: UnsafePointer<UInt8>
  private let delimiter: UInt8
  private let isFinal: Bool

  init(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ delimiter: UInt8, isFinal: Bool) {
    position = start
    self.end = end
    self.delimiter = delimiter
    self.isFinal = isFinal
  }

  /// The next row that is not blank, or nil where none is whole.
  mutating func next() -> [String]? {
    while position < end {
      var p = position
      var fields: [String] = []
      var field: [UInt8] = []
      var newLines = 0
      var isQuoted = false
      var wasQuoted = false
      var isWhole = false
      while p < end {
        let byte = p.pointee
        p += 1
        if isQuoted {
          if byte == 0x0A { newLines += 1 }
          if byte != UInt8(ascii: "\"") {
            field.append(byte)
          } else if p < end, p.pointee == UInt8(ascii: "\"") {
            field.append(byte)
            p += 1
          } else {
            isQuoted = false
          }
        } else if byte == UInt8(ascii: "\""), field.isEmpty, !wasQuoted {
          isQuoted = true
          wasQuoted = true
        } else if byte == delimiter {
          fields.append(String(decoding: field, as: UTF8.self))
          field = []
          wasQuoted = false
        } else if byte == 0x0A {
          newLines += 1
          isWhole = true
          break
        } else {
          field.append(byte)
        }
      }
      if !isWhole, !isFinal { return nil }
      if field.last == 0x0D { field.removeLast() }
      rowLine = line
      line += newLines
      position = p
      if fields.isEmpty, field.isEmpty, !wasQuoted { continue }
      fields.append(String(decoding: field, as: UTF8.self))
      return fields
    }
    return nil
  }
}

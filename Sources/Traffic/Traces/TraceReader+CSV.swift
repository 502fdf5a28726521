import Documents
import Quantities

/// Keeps the rows of one series in a file of several.
public struct RowFilter: Hashable, Sendable {
  public var column: String
  public var equals: String
  public init(column: String, equals: String) {
    self.column = column
    self.equals = equals
  }
}

extension TraceReader {
  /// A trace from a CSV file (`.csv`, `.csv.gz`, or `-` for standard input).
  ///
  /// - Parameters:
  ///   - time: the column with the time; guessed by name and content where nil, and told in the report.
  ///   - value: the column with the rate or count; guessed likewise.
  ///   - filter: keeps the rows of one series, where the file holds several.
  /// - Throws: `DocumentError` where the file cannot be read, `Diagnostics` for what is wrong in it.
  public static func csv(
    path: String, time: String? = nil, value: String? = nil, filter: RowFilter? = nil,
    options: TraceOptions = TraceOptions()
  ) throws -> Trace {
    if path == "-" {
      let bytes = try Input.read(path: path)
      return try csv(
        bytes: bytes, source: "standard input", time: time, value: value, filter: filter, options: options)
    }
    let hasHeader = try !ColumnGuess.isData(CSVTable.preview(path: path).header)
    var guess: ColumnGuess?
    let table = try CSVTable.read(path: path, options: CSVOptions(hasHeader: hasHeader, isTolerant: true)) {
      (preview) throws(Diagnostics) -> [CSVColumn] in
      let found = try ColumnGuess(preview, time, value, filter, path, options)
      guess = found
      return columns(found, filter)
    }
    return try trace(table, guess, filter, options, source: path, hasHeader: hasHeader)
  }

  /// A trace from the bytes of a CSV file.
  public static func csv(
    bytes: [UInt8], source: String = "rows", time: String? = nil, value: String? = nil, filter: RowFilter? = nil,
    options: TraceOptions = TraceOptions()
  ) throws(Diagnostics) -> Trace {
    var hasHeader = true
    // The first look reads the start only: the header and some rows are enough to tell.
    _ = try CSVTable.parse(Array(bytes.prefix(1 << 16)), file: source, options: CSVOptions(isTolerant: true)) {
      (preview) throws(Diagnostics) -> [CSVColumn] in
      hasHeader = !ColumnGuess.isData(preview.header)
      return []
    }
    var guess: ColumnGuess?
    let table = try CSVTable.parse(
      bytes, file: source, options: CSVOptions(hasHeader: hasHeader, isTolerant: true)
    ) { (preview) throws(Diagnostics) -> [CSVColumn] in
      let found = try ColumnGuess(preview, time, value, filter, source, options)
      guess = found
      return columns(found, filter)
    }
    return try trace(table, guess, filter, options, source: source, hasHeader: hasHeader)
  }

  private static func columns(_ guess: ColumnGuess, _ filter: RowFilter?) -> [CSVColumn] {
    [.text(guess.time), .number(guess.value)] + (filter.map { [.text($0.column)] } ?? [])
  }

  private static func trace(
    _ table: CSVTable, _ guess: ColumnGuess?, _ filter: RowFilter?, _ options: TraceOptions, source: String,
    hasHeader: Bool
  ) throws(Diagnostics) -> Trace {
    guard let guess, let times = table.texts(guess.time), let values = table.numbers(guess.value) else {
      throw Diagnostics([.error("there is no table", at: nil, help: "give a file with a time and a value column")])
    }
    var reader = TimeCellReader(file: source, zone: options.zone)
    var columns = TraceColumns(times: [], values: [])
    columns.times.reserveCapacity(values.count)
    columns.values.reserveCapacity(values.count)
    columns.lines.reserveCapacity(values.count)
    let wanted = filter.flatMap { table.texts($0.column) }
    let name = Array((filter?.equals ?? "").utf8)
    times.forEach { row, cell in
      if let wanted, !wanted.withBytes(row, { $0.elementsEqual(name) }) { return }
      let line = table.line(ofRow: row)
      guard let time = reader.read(cell, line: line) else { return }
      columns.times.append(time)
      columns.values.append(values[row])
      columns.lines.append(Int32(clamping: line))
      if values[row].isNaN { columns.nonNumeric.add(line: line) }
    }
    try reader.problems().throwIfErrors()
    if let filter, columns.times.isEmpty, values.count > 0 {
      throw Diagnostics([
        .error(
          "no row has '\(filter.equals)' in column '\(filter.column)'",
          at: SourceLocation(file: source, line: 1, column: 1), help: "name a series that is in the file")
      ])
    }
    if columns.nonNumeric.count == columns.values.count, !columns.values.isEmpty, let first = table.warnings.all.first {
      throw Diagnostics([
        .error("column '\(guess.value)' holds no numbers", at: first.location, help: "name the column with the rate")
      ])
    }
    columns.zones = reader.zones()
    columns.notes = guess.notes
    if !hasHeader {
      columns.notes.append(
        TraceNote(.note, "columns are called 1, 2, ...", because: "the first row holds a time, not names"))
    }
    if let epoch = reader.epoch {
      columns.notes.append(
        TraceNote(.note, "times were read as \(epoch.rawValue) since 1970", because: "of their size"))
    }
    if columns.zones["none"] != nil {
      columns.notes.append(
        TraceNote(
          .note, "times were taken as \(options.zone.name)", because: "they carry no zone",
          remedy: "name the zone they were written in if it is another"))
    }
    for warning in table.warnings.all.prefix(5) {
      let place = warning.location.map { "line \($0.line): " } ?? ""
      columns.notes.append(TraceNote(.warning, place + warning.message, because: warning.help ?? "of the row"))
    }
    return try rows(columns, options: options, source: source)
  }
}

extension ColumnGuess {
  init(
    _ preview: CSVPreview, _ time: String?, _ value: String?, _ filter: RowFilter?, _ file: String,
    _ options: TraceOptions
  ) throws(Diagnostics) {
    try self.init(
      header: preview.header, rows: preview.rows, time: time, value: value, file: file, unit: options.unit,
      without: filter.map { [$0.column] } ?? [])
  }

  /// Whether what should be a header is a row of data: it holds a time.
  static func isData(_ header: [String]) -> Bool { header.contains(where: isTime) }
}

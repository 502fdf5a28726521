import Documents
import Quantities

/// Which columns of a table hold several series below each other.
public struct SeriesColumns: Sendable {
  /// The columns whose texts name a row's series, joined by `/`; none where all rows are of one.
  public var series: [String]
  /// The column of times; nil to guess it, unless `step` is given.
  public var time: String?
  /// The column of whole step numbers, for tables without times.
  public var step: String?
  public var value: String?
  /// What lies between two numbers of `step`.
  public var every: Duration
  public init(series: [String], time: String? = nil, step: String? = nil, value: String? = nil, every: Duration) {
    self.series = series
    self.time = time
    self.step = step
    self.value = value
    self.every = every
  }
}

/// One series of a table.
public struct NamedTrace: Sendable {
  public var name: String
  public var trace: Trace
  /// Its values in the columns that name it.
  public var keys: [String]
  /// What it is a sum by; nil where it is none and belongs to none.
  public var level: String?
  public init(name: String, trace: Trace, keys: [String] = [], level: String? = nil) {
    self.name = name
    self.trace = trace
    self.keys = keys
    self.level = level
  }
}

extension TraceReader {
  /// The series of a CSV file, in the order in which they begin.
  ///
  /// - Throws: `DocumentError` where the file cannot be read, `Diagnostics` for what is wrong in it, with the
  ///   series' name.
  public static func series(
    path: String, columns asked: SeriesColumns, options: TraceOptions = TraceOptions()
  ) throws -> [NamedTrace] {
    let input = path == "-" ? TableInput.standardInput(try SpooledInput()) : .path(path)
    let traces: [NamedTrace]
    if let step = asked.step {
      traces = try counted(input, asked, step: step, options)
    } else {
      traces = try table(
        input, SeriesSelection(time: asked.time, values: asked.value.map { [$0] } ?? [], series: asked.series), options
      ).whole()
    }
    guard !traces.isEmpty else {
      throw Diagnostics([.error("there are no rows", at: nil, help: "give at least one row with a series and a value")])
    }
    return traces
  }

  /// Series whose steps are only counted.
  static func counted(
    _ input: TableInput, _ asked: SeriesColumns, step: String, _ options: TraceOptions
  ) throws -> [NamedTrace] {
    let path = input.name
    var value = ""
    var series = asked.series
    var gatherer: RowGatherer?
    try input.stream(csvOptions(options)) { (preview) throws(Diagnostics) -> [CSVColumn] in
      let whole = series.joined(separator: ",")
      if series.count > 1, preview.header.contains(whole) { series = [whole] }
      for name in series + [step] where !preview.header.contains(name) {
        let close = nearest(name, in: preview.header).map { "did you mean '\($0)'? " } ?? ""
        throw Diagnostics([
          .error(
            "there is no column '\(name)'", at: SourceLocation(file: path, line: 1, column: 1),
            help: close + "the columns are " + preview.header.map { "'\($0)'" }.joined(separator: ", "))
        ])
      }
      let rows = preview.rows.filter { $0.count == preview.header.count }
      let guess = try ColumnGuess(
        header: preview.header, rows: rows, time: step, values: asked.value.map { [$0] } ?? [], file: path,
        without: series)
      value = guess.values[0]
      var made = RowGatherer(
        source: path, options: options, selection: SeriesSelection(series: series), measures: [value],
        keyNames: series, form: .text, isDescending: false, delimiter: preview.delimiter)
      made.reading.format = "CSV"
      made.reading.time = step
      made.reading.timeForm = "counted steps"
      gatherer = made
      return [.number(step), .measure(value, holdingPoints: preview.delimiter == 0x3B)] + series.map { .text($0) }
    } batch: { table in
      guard var work = gatherer, let numbers = table.numbers(step), let values = table.numbers(value) else { return }
      gatherer = nil
      defer { gatherer = work }
      let names = series.compactMap { table.texts($0) }
      let odd = table.oddCells(value) ?? OddCells()
      var nextOdd = 0
      var key: [UInt8] = []
      for row in numbers.indices {
        let line = table.line(ofRow: row)
        let number = numbers[row]
        guard number.isFinite, abs(number) <= 1e9, number == number.rounded(.down) else {
          throw Diagnostics([
            .error(
              "the step is no whole number", at: SourceLocation(file: path, line: line, column: 1),
              help: "number the steps of each series, as 1, 2, 3")
          ])
        }
        key.removeAll(keepingCapacity: true)
        for column in names {
          column.withBytes(row) { key.append(contentsOf: $0) }
          key.append(0)
        }
        guard let place = try work.place(of: key, { names.map { $0[row] } }, line: line) else { continue }
        let time = Timestamp(nanosecondsSinceEpoch: 0) + asked.every * Int(number)
        if nextOdd < odd.rows.count, odd.rows[nextOdd] == row {
          work.add(place, 0, time, odd: odd.texts[nextOdd], line: line, column: Int(odd.columns[nextOdd]))
          nextOdd += 1
        } else {
          work.add(place, 0, time, values[row], line: line)
        }
      }
    }
    var traces = try gatherer?.finish().whole() ?? []
    // Rows of no named series are the file's.
    for i in traces.indices where traces[i].name.isEmpty { traces[i].name = path }
    return traces
  }
}

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
  /// Series at most in one file.
  static let mostSeries = 200_000

  /// The series of a CSV file, in the order in which they begin.
  ///
  /// - Throws: ``DocumentError`` where the file cannot be read, ``Diagnostics`` for what is wrong in it, with the
  ///   series' name.
  public static func series(
    path: String, columns asked: SeriesColumns, options: TraceOptions = TraceOptions()
  ) throws -> [NamedTrace] {
    var guess: ColumnGuess?
    var wanted = asked
    let table = try CSVTable.read(path: path, options: CSVOptions(isTolerant: true)) {
      (preview) throws(Diagnostics) -> [CSVColumn] in
      // A column may have a comma in its own name.
      let whole = wanted.series.joined(separator: ",")
      if preview.header.contains(whole) { wanted.series = [whole] }
      for name in wanted.series + [wanted.step].compactMap({ $0 }) where !preview.header.contains(name) {
        let close = nearest(name, in: preview.header).map { "did you mean '\($0)'? " } ?? ""
        throw Diagnostics([
          .error(
            "there is no column '\(name)'", at: SourceLocation(file: path, line: 1, column: 1),
            help: close + "the columns are " + preview.header.map { "'\($0)'" }.joined(separator: ", "))
        ])
      }
      let found = try ColumnGuess(
        header: preview.header, rows: preview.rows, time: wanted.step ?? wanted.time, value: wanted.value, file: path,
        unit: options.unit, without: wanted.series)
      guess = found
      return wanted.series.map { .text($0) } + [
        wanted.step == nil ? .text(found.time) : .number(found.time), .number(found.value),
      ]
    }
    let names = wanted.series.compactMap { table.texts($0) }
    guard let guess, names.count == wanted.series.count, let values = table.numbers(guess.value) else {
      throw Diagnostics([.error("there is no table", at: nil, help: "give a file with a series, a time and a value")])
    }
    var places: [[UInt8]: Int] = [:]
    var named: Set<String> = []
    var order: [(name: String, keys: [String])] = []
    var columns: [TraceColumns] = []
    var readers: [TimeCellReader] = []
    let numbers = wanted.step == nil ? nil : table.numbers(guess.time)
    let texts = wanted.step == nil ? table.texts(guess.time) : nil
    var last: (key: [UInt8], place: Int) = ([], -1)
    var key: [UInt8] = []
    func begin(_ name: String, _ keys: [String]) {
      order.append((name, keys))
      columns.append(TraceColumns(times: [], values: []))
      readers.append(TimeCellReader(file: path, zone: options.zone))
    }
    func place(_ row: Int) throws(Diagnostics) -> Int {
      guard !names.isEmpty else {
        if order.isEmpty { begin(path, []) }
        return 0
      }
      key.removeAll(keepingCapacity: true)
      for column in names {
        column.withBytes(row) { key.append(contentsOf: $0) }
        key.append(0)
      }
      // Rows of one series mostly stand together.
      if last.place >= 0, key == last.key { return last.place }
      if let known = places[key] {
        last = (key, known)
        return known
      }
      guard order.count < mostSeries else {
        throw Diagnostics([
          .error(
            "there are more than \(mostSeries) series", at: table.location(ofRow: row),
            help: "name the column that tells series apart, not one that numbers rows")
        ])
      }
      places[key] = order.count
      last = (key, order.count)
      let keys = names.map { $0[row] }
      let name = keys.joined(separator: "/")
      guard named.insert(name).inserted else {
        throw Diagnostics([
          .error(
            "two series would be named '\(name)': values of '\(wanted.series.joined(separator: "', '"))' hold a '/'",
            at: table.location(ofRow: row), help: "write another character for '/' in one of these columns")
        ])
      }
      begin(name, keys)
      return order.count - 1
    }
    func add(_ row: Int, _ at: Int, _ time: Timestamp, _ line: Int) {
      columns[at].times.append(time)
      columns[at].values.append(values[row])
      columns[at].lines.append(Int32(clamping: line))
      if values[row].isNaN { columns[at].nonNumeric.add(line: line) }
    }
    if let numbers {
      for row in numbers.indices {
        let line = table.line(ofRow: row)
        let step = numbers[row]
        guard step.isFinite, abs(step) <= 1e9, step == step.rounded(.down) else {
          throw Diagnostics([
            .error(
              "the step is no whole number", at: SourceLocation(file: path, line: line, column: 1),
              help: "number the steps of each series, as 1, 2, 3")
          ])
        }
        let at = try place(row)
        add(row, at, Timestamp(nanosecondsSinceEpoch: 0) + wanted.every * Int(step), line)
      }
    } else if let texts {
      var failure: Diagnostics?
      texts.forEach { row, cell in
        guard failure == nil else { return }
        do throws(Diagnostics) {
          let at = try place(row)
          let line = table.line(ofRow: row)
          if let time = readers[at].read(cell, line: line) { add(row, at, time, line) }
        } catch { failure = error }
      }
      if let failure { throw failure }
      for i in readers.indices { try readers[i].problems().throwIfErrors() }
    }
    var result: [NamedTrace] = []
    var problems: [Diagnostic] = []
    for (i, (name, keys)) in order.enumerated() {
      columns[i].zones = readers[i].zones()
      if i == 0 { columns[i].notes = guess.notes }
      do throws(Diagnostics) {
        result.append(
          NamedTrace(
            name: name, trace: try rows(columns[i], options: options, source: "\(path), \(name)"), keys: keys))
      } catch {
        problems += error.all
        if problems.count > 20 { break }
      }
      columns[i] = TraceColumns(times: [], values: [])
    }
    try Diagnostics(problems).throwIfErrors()
    guard !result.isEmpty else {
      throw Diagnostics([.error("there are no rows", at: nil, help: "give at least one row with a series and a value")])
    }
    return result
  }
}

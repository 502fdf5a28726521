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
    let input = path == "-" ? TableInput.standardInput(try SpooledInput()) : .path(path)
    return try only(table(input, selection(time, value, filter), options).whole(), filter, source: input.name)
  }

  /// A trace from the bytes of a CSV file.
  public static func csv(
    bytes: [UInt8], source: String = "rows", time: String? = nil, value: String? = nil, filter: RowFilter? = nil,
    options: TraceOptions = TraceOptions()
  ) throws(Diagnostics) -> Trace {
    do {
      return try only(
        table(.bytes(bytes, source), selection(time, value, filter), options).whole(), filter, source: source)
    } catch let error as Diagnostics {
      throw error
    } catch { throw Diagnostics([.error("\(error)", at: nil)]) }
  }

  private static func selection(_ time: String?, _ value: String?, _ filter: RowFilter?) -> SeriesSelection {
    SeriesSelection(
      time: time, values: value.map { [$0] } ?? [], series: filter.map { [$0.column] } ?? [],
      only: filter.map { [$0.equals] } ?? [])
  }

  private static func only(_ traces: [NamedTrace], _ filter: RowFilter?, source: String) throws -> Trace {
    guard let first = traces.first else {
      throw Diagnostics([
        .error(
          filter.map { "no row has '\($0.equals)' in column '\($0.column)'" } ?? "there are no rows",
          at: SourceLocation(file: source, line: 1, column: 1),
          help: filter == nil ? "give at least one row with a time and a value" : "name a series that is in the file")
      ])
    }
    return first.trace
  }

  /// A table that can be read more than once.
  enum TableInput {
    case path(String)
    case bytes([UInt8], String)
    case standardInput(SpooledInput)

    var name: String {
      switch self {
      case .path(let path): path
      case .bytes(_, let name): name
      case .standardInput: SpooledInput.name
      }
    }

    func stream(
      _ options: CSVOptions, choosing choose: (CSVPreview) throws(Diagnostics) -> [CSVColumn],
      batch: (CSVTable) throws -> Void
    ) throws {
      switch self {
      case .path(let path): _ = try CSVTable.stream(path: path, options: options, choosing: choose, batch: batch)
      case .bytes(let bytes, let name):
        try batch(try CSVTable.parse(bytes, file: name, options: options, choosing: choose))
      case .standardInput(let input):
        _ = try CSVTable.stream(
          path: input.path, named: SpooledInput.name, options: options, choosing: choose, batch: batch)
      }
    }
  }

  static func csvOptions(_ options: TraceOptions) -> CSVOptions {
    var csv = CSVOptions(isTolerant: options.skipsUnreadable, hasComments: true)
    csv.isData = { ColumnGuess.isData($0) }
    return csv
  }

  /// The series of a table, in the order in which they begin: read in parts, in bounded memory.
  ///
  /// - Parameter meaning: what its values are, where something other than its columns' names says it.
  static func table(
    _ input: TableInput, _ asked: SeriesSelection, _ options: TraceOptions, meaning: ColumnMeaning? = nil
  ) throws -> [SeriesReading] {
    var plan: TablePlan?
    var gatherer: RowGatherer?
    do {
      try input.stream(csvOptions(options)) { (preview) throws(Diagnostics) -> [CSVColumn] in
        let made = try TablePlan(preview, asked, options, input)
        plan = made
        gatherer = made.gatherer(asked, options, source: input.name)
        gatherer?.meaning = meaning
        return made.columns
      } batch: { table in
        try plan?.take(table, into: &gatherer)
      }
    } catch let error as Diagnostics {
      guard error.hasErrors, error.all.contains(where: { $0.message.hasPrefix("the row has ") }) else { throw error }
      var all = error
      all.append(
        .error(
          "rows of another length cannot be read", at: nil,
          help: "correct them, or leave them out with "
            + "--skip-unreadable (in a plan: skip unreadable: true)"))
      throw all
    }
    guard let plan, var gatherer else {
      throw Diagnostics([.error("there is no table", at: nil, help: "give a file with a time and a value column")])
    }
    let found = try gatherer.finish()
    // Where a column tells rows of one time apart, that is the reason.
    let hasRepeats = found.contains { one in
      switch one.series {
      case .success(let trace): trace.trace.report.duplicates.count > 0
      case .failure(let fault): fault.all.contains { $0.message.hasSuffix("have the time of another row") }
      }
    }
    if hasRepeats { try plan.tellApart(input, options) }
    return found
  }
}

/// Where the columns of a table are, and how they are read.
struct TablePlan {
  private var guess: ColumnGuess
  private var series: [String]
  private var form: TimeForm
  private var isDescending = false
  private var delimiter: UInt8
  private var holding: [Bool] = []
  private var hasHeader: Bool
  /// Columns of text that name nothing so far.
  private var tags: [String] = []
  private var format: String

  var columns: [CSVColumn] {
    var columns = [CSVColumn.text(guess.time)]
    columns += zip(guess.values, holding).map { .measure($0, holdingPoints: $1) }
    columns += series.map { .text($0) }
    if let clock = guess.clock { columns.append(.text(clock.name)) }
    return columns
  }

  init(
    _ preview: CSVPreview, _ asked: SeriesSelection, _ options: TraceOptions, _ input: TraceReader.TableInput
  ) throws(Diagnostics) {
    let header = preview.header
    let file = input.name
    delimiter = preview.delimiter
    hasHeader = !header.indices.allSatisfy { header[$0] == String($0 + 1) }
    let rows = preview.rows.filter { $0.count == header.count && $0.first?.hasPrefix("#") != true && $0 != header }
    series = asked.series
    // A column may have a comma in its own name.
    let whole = series.joined(separator: ",")
    if series.count > 1, header.contains(whole) { series = [whole] }
    for name in series where !header.contains(name) {
      let close = nearest(name, in: header).map { "did you mean '\($0)'? " } ?? ""
      throw Diagnostics([
        .error(
          "there is no column '\(name)'", at: SourceLocation(file: file, line: 1, column: 1),
          help: close + "the columns are " + header.map { "'\($0)'" }.joined(separator: ", "))
      ])
    }
    let isInflux = preview.comments.contains { $0.hasPrefix("#datatype") || $0.hasPrefix("#group") }
    if isInflux, series.isEmpty { series = TablePlan.influxTags(preview) }
    var values = asked.values
    let joined = values.joined(separator: ",")
    if values.count > 1, header.contains(joined) { values = [joined] }
    if isInflux, values.isEmpty, header.contains("_value") { values = ["_value"] }
    guess = try ColumnGuess(
      header: header, rows: rows, time: asked.time ?? (isInflux && header.contains("_time") ? "_time" : nil),
      values: values, file: file, without: series)
    if isInflux { guess.notes = [] }
    let names = ["'\(guess.time)'"] + guess.values.map { "'\($0)'" }
    func cells(_ name: String) -> [String] {
      guard let column = header.firstIndex(of: name) else { return [] }
      return rows.map { $0[column].trimmed }.filter { !$0.isEmpty && !ColumnGuess.isGap($0) }
    }
    let times = cells(guess.time)
    let verdict = TimeColumnJudge.verdict(times, name: guess.time, isNamed: true, order: options.dates)
    switch verdict {
    case .form(let found): form = found
    case .open:
      guard let order = TablePlan.order(input, guess.time, options) else {
        let example = times.first ?? ""
        throw Diagnostics([
          .error(
            "whether day or month comes first in '\(example)' cannot be told: no row decides",
            at: SourceLocation(file: file, line: 2, column: 1),
            help: "say --dates day-first or --dates month-first (in a plan: dates: day-first)")
        ])
      }
      form = .ordered(order)
    case .noTimes(let example):
      let isNumber = Double(example) != nil
      throw Diagnostics([
        .error(
          "'\(example)' in column '\(guess.time)' is not a time", at: SourceLocation(file: file, line: 2, column: 1),
          help: isNumber
            ? "numbers are seconds since 1970 or YYYYMMDD, YYYYMMDDHH and so on; 'headroom forecast --step COLUMN' takes "
              + "steps that are only counted"
            : "write 2026-11-27T08:00:00Z, or seconds since 1970, or name the column with the time; taken were "
              + names.joined(separator: " and "))
      ])
    }
    var probe = TimeCellReader(file: nil, zone: options.zone, form: form)
    func time(_ text: String?) -> Timestamp? {
      guard var text else { return nil }
      return text.withUTF8 { probe.read(UnsafeRawBufferPointer($0), line: 1) }
    }
    if let first = time(times.first), let last = time(times.last) { isDescending = last < first }
    holding = guess.values.map { name in
      var judge = NotationJudge(delimiter: preview.delimiter)
      for text in cells(name) { if let cell = NumberCell(text) { judge.see(cell, text) } }
      return judge.comma.count > 0 || preview.delimiter == 0x3B && judge.point.count == 0
    }
    var taken = Set(guess.values + series)
    taken.insert(guess.time)
    if let clock = guess.clock { taken.insert(clock.name) }
    tags = header.indices.filter { i in
      !taken.contains(header[i])
        && rows.contains { !ColumnGuess.isNumber($0[i].trimmed) && !$0[i].isEmpty && !ColumnGuess.isTime($0[i]) }
    }.map { header[$0] }
    let separator = ["9": "tabs", "124": "bars", "59": "semicolons"]["\(preview.delimiter)"]
    format = isInflux ? "annotated CSV of InfluxDB" : "CSV" + (separator.map { " with \($0)" } ?? "")
    if !hasHeader {
      guess.notes.append(
        TraceNote(.note, "columns are called 1, 2, ...", because: "the first row holds a time, not names"))
    }
    if case .epoch(let unit) = form {
      guess.notes.append(
        TraceNote(.note, "times were read as \(unit.rawValue) since 1970", because: "of their size"))
    } else if form != .text {
      guess.notes.append(TraceNote(.note, "times were read as \(form.title)", because: "the column as a whole is so"))
    }
  }

  /// The columns of an annotated CSV by which its tables are grouped: measurement, field and tags.
  private static func influxTags(_ preview: CSVPreview) -> [String] {
    guard let line = preview.comments.last(where: { $0.hasPrefix("#group") }) else { return [] }
    let flags = line.split(separator: ",", omittingEmptySubsequences: false)
    return preview.header.indices.filter { i in
      i < flags.count && flags[i] == "true" && !["_start", "_stop", "result", "table"].contains(preview.header[i])
    }.map { preview.header[$0] }
  }

  /// Whether day or month stands first, by all rows of the file.
  private static func order(_ input: TraceReader.TableInput, _ column: String, _ options: TraceOptions) -> DateOrder? {
    var opens: [(first: Int, second: Int)] = []
    var proved: DateOrder?
    do {
      try input.stream(TraceReader.csvOptions(options)) { (_) throws(Diagnostics) -> [CSVColumn] in
        [.text(column)]
      } batch: {
        table in
        guard proved == nil, let cells = table.texts(column) else { return }
        cells.forEach { _, cell in
          guard proved == nil, let text = DateText(String(decoding: cell, as: UTF8.self), order: nil) else { return }
          if let found = text.proved { proved = found }
          if let open = text.open, opens.last.map({ $0 != open }) ?? true, opens.count < 10_000 { opens.append(open) }
        }
      }
    } catch { return nil }
    return proved ?? DateOrder(consecutive: opens)
  }

  func gatherer(_ selection: SeriesSelection, _ options: TraceOptions, source: String) -> RowGatherer {
    var made = RowGatherer(
      source: source, options: options, selection: selection, measures: guess.values, keyNames: series, form: form,
      isDescending: isDescending, delimiter: delimiter)
    made.notes = guess.notes
    made.reading.format = format
    made.reading.time = guess.time + (guess.clock.map { "' and '\($0.name)" } ?? "")
    made.reading.timeForm = form == .text ? "" : form.title
    return made
  }

  /// The rows of a part of the file.
  func take(_ table: CSVTable, into gatherer: inout RowGatherer?) throws(Diagnostics) {
    guard var work = gatherer, let times = table.texts(guess.time) else { return }
    // Only one copy: what is taken out here is put back below.
    gatherer = nil
    defer { gatherer = work }
    let values = guess.values.map { table.numbers($0) ?? [] }
    let odds = guess.values.map { table.oddCells($0) ?? OddCells() }
    let names = series.compactMap { table.texts($0) }
    let clocks = guess.clock.flatMap { table.texts($0.name) }
    var nextOdd = [Int](repeating: 0, count: odds.count)
    let head = Array(guess.time.utf8)
    var key: [UInt8] = []
    var moment: [UInt8] = []
    var failure: Diagnostics?
    work.ragged = (table.problemCount, table.warnings.all.filter { $0.severity == .warning })
    times.forEach { row, cell in
      guard failure == nil else { return }
      // Tables one below the other repeat their header.
      if cell.count == head.count, cell.elementsEqual(head), hasHeader {
        for m in odds.indices where nextOdd[m] < odds[m].rows.count && odds[m].rows[nextOdd[m]] == row {
          nextOdd[m] += 1
        }
        return
      }
      let line = table.line(ofRow: row)
      if !names.isEmpty {
        key.removeAll(keepingCapacity: true)
        for column in names {
          column.withBytes(row) { key.append(contentsOf: $0) }
          key.append(0)
        }
      }
      let place: Int?
      do throws(Diagnostics) {
        place = try work.place(of: key, { names.map { $0[row] } }, line: line)
      } catch {
        failure = error
        return
      }
      let time: Timestamp?
      if let clock = guess.clock, let clocks {
        moment.removeAll(keepingCapacity: true)
        moment.append(contentsOf: cell)
        clocks.withBytes(row) { clock.append($0, to: &moment) }
        time = place.flatMap { place in moment.withUnsafeBytes { work.time(place, $0, line: line) } }
      } else {
        time = place.flatMap { work.time($0, cell, line: line) }
      }
      for m in values.indices {
        let isOdd = nextOdd[m] < odds[m].rows.count && odds[m].rows[nextOdd[m]] == row
        if let place, let time {
          if isOdd {
            work.add(
              place, m, time, odd: odds[m].texts[nextOdd[m]], line: line, column: Int(odds[m].columns[nextOdd[m]]))
          } else {
            work.add(place, m, time, values[m][row], line: line)
          }
        }
        if isOdd { nextOdd[m] += 1 }
      }
    }
    if let failure { throw failure }
    try work.settle(rows: times.count)
  }

  /// Rows of one time are not of one series where another column tells them apart.
  ///
  /// - Throws: which column does.
  func tellApart(_ input: TraceReader.TableInput, _ options: TraceOptions) throws(Diagnostics) {
    guard options.duplicates == nil, series.isEmpty, !tags.isEmpty, guess.clock == nil else { return }
    let tags = Array(tags.prefix(4))
    var reader = TimeCellReader(file: nil, zone: options.zone, form: form, isDescending: isDescending)
    var seen: [Int64: [String]] = [:]
    var found: (tag: String, values: [String], line: Int)?
    do {
      try input.stream(TraceReader.csvOptions(options)) { (_) throws(Diagnostics) -> [CSVColumn] in
        [.text(guess.time)] + tags.map { .text($0) }
      } batch: { table in
        guard found == nil, let cells = table.texts(guess.time) else { return }
        let texts = tags.compactMap { table.texts($0) }
        cells.forEach { row, cell in
          guard found == nil, let time = reader.read(cell, line: 1)?.nanosecondsSinceEpoch else { return }
          let own = texts.map { $0[row] }
          guard let other = seen[time] else {
            if seen.count < 500_000 { seen[time] = own }
            return
          }
          for (i, tag) in tags.enumerated() where other[i] != own[i] && found == nil {
            found = (tag, [other[i], own[i]], table.line(ofRow: row))
          }
        }
      }
    } catch { return }
    guard let found else { return }
    throw Diagnostics([
      .error(
        "rows of one time differ in '\(found.tag)': '\(found.values[0])' and '\(found.values[1])'",
        at: SourceLocation(file: input.name, line: found.line, column: 1),
        help:
          "name the series with --series \(found.tag), and then choose (--only '\(found.values[1])') or add up (--sum); or "
          + "say --duplicates mean (in a plan: series:, only:, sum:, duplicates:)")
    ])
  }
}

extension ColumnGuess {
  /// Whether what should be a header is a row of data: it holds a time, and a number or a second field that is none.
  static func isData(_ header: [String]) -> Bool { header.contains(where: isTime) }
}

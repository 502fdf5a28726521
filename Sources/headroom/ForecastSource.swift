import Connecting
import Documents
import Planning
import Quantities
import Terminal
import Traffic

/// Where series stand in a file: what `forecast` and `review` are told alike.
struct SeriesChoice {
  var reading = ReadingArguments()
  var step: String?
  var every: String?
  var hierarchy: String?

  /// The options that say so, for a command that makes a report again; not yet quoted for a shell.
  var words: [String] {
    let named = [("--step", step), ("--every", every), ("--hierarchy", hierarchy)]
    return reading.words + named.flatMap { name, value in value.map { [name, $0] } ?? [] }
  }
}

/// What `headroom forecast` was pointed at: series with what is asked about each.
struct ForecastSource {
  var traces: [NamedTrace]
  var source: String
  let zone: TimeZoneRules
  private var horizon: String?
  private var capacity: RequestRate?
  private var plan: Plan?
  /// The moment that a plan begins at.
  private var moment: Timestamp?
  private var seed: UInt64 = 1
  private var paths = 0
  private var floor: RequestRate?
  private var cap: RequestRate?
  private var like: YearlySeason?
  private var calendar: (text: String, file: String)?
  private var isDated = true
  /// The columns that name a series, and the sums that they make.
  private var columns: [String] = []
  private var formula: SeriesFormula?

  /// How far ahead where nobody says: two weeks, a quarter of daily steps.
  static let usualHorizon = Duration.days(14)

  init(_ verb: ForecastVerb, file: String) throws {
    let capacity = try ForecastSource.rate(verb.capacity, "capacity", above: 0)
    let floor = try ForecastSource.rate(verb.floor, "floor")
    let cap = try ForecastSource.rate(verb.cap, "cap")
    if let floor, let cap, cap < floor {
      throw Failure("--cap \(cap) lies below --floor \(floor). Exchange them.", exitCode: .usage)
    }
    try self.init(verb.choice, file: file, verb.common)
    horizon = verb.horizon
    seed = verb.common.seed
    paths = verb.paths
    like = try verb.like.map { try ForecastSource.yearly(of: $0, verb.choice, zone) }
    self.floor = floor
    self.cap = cap
    if let path = verb.events {
      calendar = (String(decoding: try Input.read(path: path), as: UTF8.self), path)
    }
    self.capacity =
      capacity
      ?? plan.flatMap { plan in
        plan.service.running.map { plan.carried(by: $0).mid }
      }
  }

  /// The series alone.
  init(_ choice: SeriesChoice, file: String, _ common: SharedOptions) throws {
    source = file == "-" ? "standard input" : String(file.split(separator: "/").last ?? Substring(file))
    isDated = choice.step == nil
    if [".yaml", ".yml"].contains(where: { file.lowercased().hasSuffix($0) }) {
      let loaded = try LoadedPlan(file: file, common: common, catalogFile: nil)
      guard let trace = loaded.trace else {
        throw Failure(
          "\(file) states its traffic as an average: there is no history to forecast. Give it a traffic source.",
          exitCode: .badInput)
      }
      let (known, now) = try Planner.known(of: trace, now: loaded.now, isNowGiven: loaded.isNowGiven)
      plan = loaded.plan
      moment = now
      zone = loaded.plan.zone
      traces = [NamedTrace(name: loaded.plan.name, trace: known ?? trace)]
      return
    }
    zone = try choice.reading.rules()
    var width: Duration?
    if let every = choice.every {
      do {
        width = try Duration.parse(every)
      } catch { throw Failure("--every \(error.problem): \(error.remedy).", exitCode: .usage) }
    }
    let options = try choice.reading.options(step: choice.step == nil ? width : nil)
    formula = try choice.hierarchy.flatMap { try ForecastSource.formula($0) }
    var names = choice.reading.series.map { ReadingArguments.list($0) } ?? formula?.columns ?? []
    names = names.enumerated().filter { i, name in names.firstIndex(of: name) == i }.map(\.element)
    if let formula, let odd = formula.columns.first(where: { !names.contains($0) }) {
      throw Failure(
        "--hierarchy sums by '\(odd)', which does not tell series apart in --series \(names.joined(separator: ",")). Add it there, or leave --series out.",
        exitCode: .usage)
    }
    columns = names
    if let step = choice.step {
      guard !TraceFile.isLines(file) else {
        throw Failure(
          "--step reads CSV files. Give one, or --batch with a series a line.", exitCode: .usage)
      }
      traces = try TraceReader.series(
        path: file,
        columns: SeriesColumns(
          series: names, time: choice.reading.time, step: step, value: choice.reading.value, every: width ?? .hours(1)),
        options: options)
      return
    }
    var selection = choice.reading.selection
    selection.series = names
    traces = try TraceReader.read(path: file, selection, options: options)
    if traces.count > 1, names.isEmpty, selection.values.isEmpty, selection.only.isEmpty {
      let list = traces.prefix(8).map { "'\($0.name)'" }.joined(separator: ", ") + (traces.count > 8 ? ", ..." : "")
      common.console.note("\(source) holds \(traces.count) series: \(list). --only chooses, --sum adds up.")
    }
    if traces.count == 1, names.isEmpty || selection.isSum { traces[0].name = source }
    if traces.count == 1 {
      common.console.tell(traces[0].trace.report, of: source)
    } else if let first = traces.first {
      common.console.note("\(source): \(traces.count) series. '\(first.name)': \(first.trace.report.reading.line)")
      for one in traces {
        for note in one.trace.report.notes where note.severity == .warning {
          common.console.warn(
            "\(one.name): \(note.what): \(note.because)\(note.remedy.isEmpty ? "" : "; \(note.remedy)").")
        }
      }
    }
  }

  /// The season of the year of another file's series.
  private static func yearly(of file: String, _ choice: SeriesChoice, _ zone: TimeZoneRules) throws -> YearlySeason {
    // Its shape alone counts, so that its unit need not be known.
    var options = try choice.reading.options(step: nil)
    options.unit = options.unit ?? .perSecond
    options.zone = zone
    let trace = try TraceReader.one(path: file, choice.reading.selection, options: options)
    guard let found = YearlySeason(of: trace.series, zone: zone) else {
      throw Failure(
        "--like \(file) shows no season of the year: it covers \(NumberFormat.duration(trace.series.duration)). Name a series of 13 months and more.",
        exitCode: .badInput)
    }
    return found
  }

  private static func rate(
    _ text: String?, _ option: String, above least: Double = -.infinity
  ) throws -> RequestRate? {
    guard let text else { return nil }
    guard let rate = Double(text).map({ RequestRate(rawValue: $0) }) ?? (try? RequestRate.parse(text)),
      rate.rawValue > least, rate.rawValue.isFinite
    else {
      throw Failure("--\(option) '\(text)' is no rate. Write --\(option) 1200 or --\(option) 1.2k/s.", exitCode: .usage)
    }
    return rate
  }

  /// Nil where the text is a separator.
  private static func formula(_ text: String) throws -> SeriesFormula? {
    guard SeriesFormula.isFormula(text) else { return nil }
    do throws(SeriesFormulaError) {
      return try SeriesFormula(text)
    } catch { throw Failure("--hierarchy '\(text)' \(error.problem): \(error.remedy).", exitCode: .usage) }
  }

  /// Whether some series' name has levels; without any the total is the only sum.
  func hasLevels(separator: String) -> Bool { formula != nil || traces.contains { $0.name.contains(separator) } }

  /// Adds the sums that the columns or the names' levels make, the nodes of the hierarchy in its order.
  mutating func addSums(separator: String) throws -> SeriesHierarchy {
    let series = traces.map(\.trace.series)
    if let first = series.first,
      let odd = series.firstIndex(where: { $0.step != first.step || $0.end != first.end })
    {
      throw Failure(
        "The series '\(traces[0].name)' and '\(traces[odd].name)' do not end together in equal steps: they have no sum. Give --every a common step and cut the file at a common end.",
        exitCode: .badInput)
    }
    let names = traces.map(\.name)
    let tree: SeriesHierarchy
    if let formula {
      let places = formula.columns.compactMap { columns.firstIndex(of: $0) }
      tree = SeriesHierarchy(of: names, keys: traces.map { trace in places.map { trace.keys[$0] } }, formula: formula)
    } else {
      tree = SeriesHierarchy(of: names, separator: separator)
    }
    traces = zip(tree.nodes, tree.histories(series)).map { node, history in
      var trace =
        node.series.map { traces[$0] }
        ?? NamedTrace(name: node.name, trace: Trace(series: history, source: node.name, zone: zone))
      trace.level = node.level
      return trace
    }
    return tree
  }

  /// What the calendar says about a series' past and future.
  private func calendarEvents(_ trace: Trace, ahead: Duration) throws -> [Event] {
    guard let calendar else { return [] }
    let end = trace.end + ahead + (capacity == nil ? .zero : .days(366))
    let days = zone.local(trace.start).date...zone.local(end).date
    let found: CalendarEvents
    do throws(CalendarError) {
      found = try CalendarEvents(calendar.text, in: days, zone: zone, zones: { ZoneFiles.zone(named: $0) })
    } catch {
      throw Failure("\(calendar.file):\(error.line): \(error.problem). \(error.remedy)", exitCode: .badInput)
    }
    // One that never was in the history and says no lift would do nothing.
    return found.events.filter { event in
      !found.withoutLift.contains(event.name)
        || !event.occurrences(from: trace.start, to: trace.end, zone: zone).isEmpty
    }
  }

  /// What is asked about a series.
  func request(_ trace: Trace) throws -> ForecastStudy.Request {
    let step = trace.series.step
    var ahead = step.seconds >= 86_400 ? step * 91 : ForecastSource.usualHorizon
    if let plan, horizon == nil { ahead = plan.horizon }
    // A plan's horizon begins when the plan does, however long ago its history ended.
    let gap = moment.map { max(.zero, $0 - trace.series.end) } ?? .zero
    if let horizon {
      if let steps = Int(horizon) {
        guard (1...ForecastStudy.mostSteps).contains(steps) else {
          throw Failure("--horizon \(steps) is out of range. Give 1 to 1000000 steps.", exitCode: .usage)
        }
        ahead = step * steps
      } else {
        do {
          ahead = try Duration.parse(horizon)
        } catch { throw Failure("--horizon \(error.problem): \(error.remedy).", exitCode: .usage) }
      }
    }
    guard ahead > .zero, ahead.seconds / step.seconds <= Double(ForecastStudy.mostSteps) else {
      throw Failure(
        "--horizon is not between one step and 1000000 steps of \(NumberFormat.duration(step)). Shorten it, or give a longer --every.",
        exitCode: .usage)
    }
    ahead = ahead + gap
    var request = ForecastStudy.Request(horizon: ahead)
    request.from = moment
    request.zone = zone
    request.capacity = capacity
    request.seed = seed
    request.paths = paths
    request.floor = floor
    request.like = like ?? plan?.demand.yearly
    request.cap = cap
    request.proposesEvents = isDated
    guard Double(paths) * (ahead.seconds / step.seconds) * Double(traces.count) <= 20_000_000 else {
      throw Failure(
        "--paths \(paths) over this horizon are more than 20 million numbers. Ask for fewer, or for a shorter --horizon.",
        exitCode: .usage)
    }
    request.events = try calendarEvents(trace, ahead: ahead)
    if let plan {
      request.events += plan.events
      request.growth = plan.demand.growth
    }
    return request
  }
}

import Documents
import Planning
import Quantities
import Terminal
import Traffic

/// What `headroom forecast` was pointed at: series with what is asked about each.
struct ForecastSource {
  var traces: [NamedTrace]
  var source: String
  private var zone: TimeZoneRules
  private var horizon: String?
  private var capacity: RequestRate?
  private var plan: Plan?
  private var seed: UInt64

  /// How far ahead where nobody says: two weeks, a quarter of daily steps.
  static let usualHorizon = Duration.days(14)

  init(_ verb: ForecastVerb, file: String) throws {
    source = file == "-" ? "standard input" : String(file.split(separator: "/").last ?? Substring(file))
    horizon = verb.horizon
    seed = verb.common.seed
    if let text = verb.capacity {
      guard let rate = Double(text).map({ RequestRate(rawValue: $0) }) ?? (try? RequestRate.parse(text)),
        rate.rawValue > 0, rate.rawValue.isFinite
      else {
        throw Failure("--capacity '\(text)' is no rate. Write --capacity 1200 or --capacity 1.2k/s.", exitCode: .usage)
      }
      capacity = rate
    }
    if [".yaml", ".yml"].contains(where: { file.lowercased().hasSuffix($0) }) {
      let loaded = try LoadedPlan(file: file, common: verb.common, catalogFile: nil)
      guard let trace = loaded.trace else {
        throw Failure(
          "\(file) states its traffic as an average: there is no history to forecast. Give it a traffic source.",
          exitCode: .badInput)
      }
      plan = loaded.plan
      zone = loaded.plan.zone
      traces = [NamedTrace(name: loaded.plan.name, trace: trace)]
      if capacity == nil, let running = loaded.plan.service.running {
        capacity = loaded.plan.service.capacity.mid * Double(running)
      }
      return
    }
    guard let rules = TraceLoading.zone(named: verb.zone) else {
      throw Failure(
        "'\(verb.zone)' is not a time zone. Write a name of the tz database, as Europe/Berlin.", exitCode: .usage)
    }
    zone = rules
    var width: Duration?
    if let every = verb.every {
      do {
        width = try Duration.parse(every)
      } catch { throw Failure("--every \(error.problem): \(error.remedy).", exitCode: .usage) }
    }
    let options = TraceOptions(
      zone: rules, unit: verb.perStep ? .countPerStep : .perSecond, step: verb.stepColumn == nil ? width : nil)
    let isLines = [".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz"].contains { file.hasSuffix($0) }
    if verb.series != nil || verb.stepColumn != nil {
      guard !isLines else {
        throw Failure(
          "--series and --step read CSV files. Give one, or --batch with a series a line.", exitCode: .usage)
      }
      traces = try TraceReader.series(
        path: file,
        columns: SeriesColumns(
          series: verb.series, time: verb.time, step: verb.stepColumn, value: verb.value, every: width ?? .hours(1)),
        options: options)
      return
    }
    let trace =
      isLines
      ? try TraceReader.ndjson(path: file, time: verb.time, value: verb.value, options: options)
      : try TraceReader.csv(path: file, time: verb.time, value: verb.value, options: options)
    traces = [NamedTrace(name: source, trace: trace)]
  }

  /// What is asked about a series.
  func request(_ trace: Trace) throws -> ForecastStudy.Request {
    let step = trace.series.step
    var ahead = step.seconds >= 86_400 ? step * 91 : ForecastSource.usualHorizon
    if let plan, horizon == nil { ahead = plan.horizon }
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
    var request = ForecastStudy.Request(horizon: ahead)
    request.zone = zone
    request.capacity = capacity
    request.seed = seed
    if let plan {
      request.events = plan.events
      request.growth = plan.growth
    }
    return request
  }
}

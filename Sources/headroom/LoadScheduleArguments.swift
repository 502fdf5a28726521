import Connecting
import Documents
import LoadTesting
import Planning
import Quantities
import Terminal
import Traffic

/// How arrivals of a run are spaced: the words of `load --arrivals`.
enum RunArrivalsArgument: String, CaseIterable, ArgumentValue {
  case constant, poisson, bursts, gamma, trace
}

/// The options that say when requests are sent: a rate and its shape, a trace, a traffic file, or a plan.
struct ScheduleArguments {
  let rate: RateArgument?
  let duration: SpanArgument
  /// Instead of a time.
  let requests: Int?
  let arrivals: RunArrivalsArgument
  let variation: Double?
  let shape: ShapeArguments
  let trace: String?
  let traffic: String?
  let timeColumn: String?
  let valueColumn: String?
  let plan: String?
  let isPeakDay: Bool
  let isPeakHour: Bool
  let replicas: Int
  let speed: Double?
  let scale: Double
  let shard: Shard
  let startAt: String?
  let hasDuration: Bool

  init(_ a: inout Arguments) throws(UsageError) {
    a.section("Load")
    rate = try a.option("rate", short: "r", value: "RATE", help: "requests a second, on a schedule (default: 100/s)")
    duration = try a.option(
      "duration", short: "d", value: "TIME", default: SpanArgument(.seconds(10)), help: "how long, warm-up included")
    requests = try a.option("requests", short: "n", value: "N", help: "send so many requests, instead of for a time")
    arrivals = try a.option(
      "arrivals", value: "HOW", default: RunArrivalsArgument.constant,
      help: "how requests are spaced; gamma takes --cv, trace takes --trace")
    variation = try a.option(
      "cv", value: "NUMBER", help: "coefficient of variation of the gaps: 1 is Poisson, 2 comes in bursts")
    shape = try ShapeArguments(&a)
    a.section("Traffic of one's own")
    trace = try a.option(
      "trace", value: "FILE", help: "send at a recording's times: a time a line, a CSV, or an access log",
      completion: .files([]))
    traffic = try a.option(
      "traffic", value: "FILE", help: "follow the rates of a CSV file over time", completion: .files(["csv"]))
    timeColumn = try a.option("time-column", value: "NAME", help: "the column of times in --trace or --traffic")
    valueColumn = try a.option("value-column", value: "NAME", help: "the column of rates in --traffic")
    plan = try a.option(
      "plan", value: "FILE", help: "play the peak of a plan's forecast, and compare with what its model foresees",
      completion: .files(["yaml", "yml"]))
    isPeakHour = a.flag("peak-hour", help: "with --plan: the hour around the peak (the default)")
    isPeakDay = a.flag("peak-day", help: "with --plan: the whole day of the peak")
    replicas = try a.option(
      "replicas", value: "N", default: 1, help: "with --plan: how many replicas the URL stands for")
    speed = try a.option(
      "speed", value: "FACTOR",
      help: "2 plays twice as fast: a recording's rate doubles, a curve of rates takes half the time")
    let scaleText: String = try a.option(
      "scale", value: "SHARE", default: "100%", help: "of the rates of --traffic or --plan, as 10%")
    scale = (try? Fraction.parse(scaleText).rawValue) ?? Double(scaleText) ?? .nan
    a.section("Several generators")
    let shardText: String? = try a.option(
      "shard", value: "I/N", help: "send every N-th request of the schedule, from the I-th: 2/5")
    shard = shardText.flatMap { Shard($0) } ?? .whole
    startAt = try a.option(
      "start-at", value: "TIME", help: "begin at this moment: 2026-11-24T10:00:00Z, or +30s from now")
    a.section("Load")
    hasDuration = a.isGiven("duration")
    let hasRequests = requests.map { $0 >= 1 } ?? true
    a.check(hasRequests, "'--requests' is a number from 1 on. Write --requests 1000.")
    let saysTwice = requests != nil && (hasDuration || shape.isGiven || trace != nil || traffic != nil || plan != nil)
    a.check(
      !saysTwice, "'--requests' counts the requests of one rate. Leave out --duration, shapes, traces and plans, or it."
    )
    let isShard = shardText == nil || Shard(shardText ?? "") != nil
    a.check(isShard, "'--shard \(shardText ?? "")' is no part of a schedule. Write --shard 2/5: the second of five.")
    let hasScale = scale > 0 && scale.isFinite
    a.check(hasScale, "'--scale \(scaleText)' is no share above 0. Write --scale 10%.")
    let hasSpeed = speed.map { $0 > 0 && $0.isFinite } ?? true
    a.check(hasSpeed, "'--speed' is a factor above 0. Write --speed 2.")
    let hasVariation = variation.map { $0 > 0 && $0 <= 100 } ?? true
    a.check(hasVariation, "'--cv' is a number above 0, up to 100. Write --cv 2.")
    let isGamma = arrivals == .gamma
    let givenVariation = variation != nil
    a.check(
      isGamma == givenVariation,
      isGamma
        ? "'--arrivals gamma' needs its coefficient of variation. Add --cv 2."
        : "'--cv' belongs to gamma arrivals. Add --arrivals gamma.")
    let hasTrace = trace != nil
    let isTrace = arrivals == .trace
    a.check(!isTrace || hasTrace, "'--arrivals trace' needs a recording. Add --trace FILE.")
    let sources = [rate != nil || shape.isGiven, trace != nil, traffic != nil, plan != nil].filter { $0 }.count
    a.check(sources <= 1, "'--rate', '--trace', '--traffic' and '--plan' each say when to send. Keep one.")
    let hasPlan = plan != nil
    let asksPeak = isPeakDay || isPeakHour
    a.check(hasPlan || !asksPeak, "'--peak-hour' and '--peak-day' are of a plan. Add --plan plan.yaml.")
    let asksBoth = isPeakDay && isPeakHour
    a.check(!asksBoth, "'--peak-hour' and '--peak-day' are two stretches. Keep one.")
    a.check(replicas >= 1, "'--replicas' is 1 or more.")
    let hasSource = trace != nil || traffic != nil || plan != nil
    let asksSpeed = speed != nil
    a.check(hasSource || !asksSpeed, "'--speed' plays --trace, --traffic or --plan faster. Name one of them.")
    let fixesBoth = asksSpeed && hasDuration
    a.check(!fixesBoth, "'--speed' and '--duration' both say how long it takes. Keep one.")
    let asksShape = isTrace || trace != nil
    let spaces = arrivals != .constant && arrivals != .trace
    a.check(!(asksShape && spaces), "A recording has its own spacing. Leave out --arrivals, or write --arrivals trace.")
  }

  var isGiven: Bool { rate != nil || shape.isGiven || trace != nil || traffic != nil || plan != nil }
  /// Whether the rate climbs by itself: what a checklist calls a ramp.
  var isRamp: Bool { shape.rampTo != nil || shape.steps.count > 1 }

  /// How single requests scatter around their rate.
  var process: ArrivalProcess {
    switch arrivals {
    case .constant, .trace: .fluid
    case .poisson: .poisson
    case .bursts: .bursts
    case .gamma: .gamma(coefficientOfVariation: variation ?? 1)
    }
  }

  /// The schedule, this generator's part of it.
  /// - Parameter usual: the rate where none is named.
  func schedule(
    seed: UInt64, plan loaded: LoadedPlan?, usual: RequestRate = .perSecond(100), console: Console
  ) throws -> ArrivalSchedule {
    let whole: ArrivalSchedule
    if let trace {
      let recorded = try ArrivalTrace(try Input.read(path: trace, limit: 2 << 30), file: trace, column: timeColumn)
      if recorded.skipped > 0 {
        console.warn(
          "\(recorded.skipped) lines of '\(trace)' hold no time, the first is line \(recorded.firstSkipped ?? 0).")
      }
      var factor = speed ?? 1
      if hasDuration, let first = recorded.times.first, let last = recorded.times.last, last > first {
        factor = (last - first).seconds / max(1e-9, duration.span.seconds)
      }
      whole = ArrivalSchedule(timestamps: recorded.times, speed: factor)
    } else if let traffic {
      let read = try TraceReader.one(
        path: traffic, SeriesSelection(time: timeColumn, values: valueColumn.map { [$0] } ?? []))
      console.tell(read.report, of: traffic)
      let series = read.series
      whole = schedule(of: series, seed: seed)
    } else if let loaded {
      whole = schedule(of: try peak(of: loaded, seed: seed, console: console), seed: seed)
    } else {
      let rate = rate?.rate ?? usual
      whole = ArrivalSchedule(
        shape.profile(rate: rate, for: length(at: rate)), spacing: .init(process), seed: seed)
    }
    return whole.sharded(shard)
  }

  /// How long a rate is sent; for a number of requests so long that they are there by then whatever chance does: six
  /// standard deviations of their count.
  private func length(at rate: RequestRate) -> Duration {
    guard let requests, rate > .zero else { return duration.span }
    let number = Double(requests) * Double(shard.count)
    let scatter = process == .fluid ? 0 : 6 * max(1, variation ?? 2) * number.squareRoot() + 10
    return .seconds(max(0.001, (number + scatter) / rate.perSecond))
  }

  /// The demand that a world simulates, as requests to send.
  private func schedule(of series: TimeSeries<RequestRate>, seed: UInt64) -> ArrivalSchedule {
    let factor = hasDuration ? series.duration.seconds / max(1e-9, duration.span.seconds) : speed ?? 1
    return ArrivalSchedule(Workload(series: series, arrivals: process), speed: factor, scale: scale, seed: seed)
  }

  /// The demand around the peak of a plan's forecast: the median's course, raised so that it reaches the peak that the
  /// plan sizes for.
  private func peak(of loaded: LoadedPlan, seed: UInt64, console: Console) throws -> TimeSeries<RequestRate> {
    let outcome = try loaded.outcome(seed: seed)
    let demand = outcome.demand
    let top = demand.peak.mid.perSecond
    let zone = loaded.plan.zone
    guard let forecast = demand.forecast, forecast.mid.count > 0 else {
      console.note("The plan states an average and no history: its peak of \(demand.peak.mid) is sent all the time.")
      return TimeSeries(
        start: outcome.now, step: isPeakDay ? .hours(24) : .hours(1), rawValues: [top])
    }
    let moment = demand.peakTime ?? forecast.peakTime
    let from: Timestamp
    let width: Duration
    if isPeakDay {
      let date = zone.local(moment).date
      from = zone.time(of: date)
      width = zone.time(of: date + 1) - from
    } else {
      from = moment + .seconds(forecast.mid.step.seconds / 2) - .minutes(30)
      width = .hours(1)
    }
    // A value a minute is as fine as a plan's forecast ever is.
    let count = max(1, Int((width.seconds / 60).rounded()))
    let values = forecast.mid.interpolated().rawValues
    let step = forecast.mid.step.seconds
    func value(_ time: Timestamp) -> Double {
      let place = (time - forecast.mid.start).seconds / step - 0.5
      let low = min(max(place, 0), Double(values.count - 1))
      let i = Int(low)
      let next = min(i + 1, values.count - 1)
      return values[i] + (values[next] - values[i]) * (low - Double(i))
    }
    let course = (0..<count).map { value(from + .seconds((Double($0) + 0.5) * 60)) }
    let highest = course.max() ?? 0
    let factor = highest > 0 ? top / highest : 1
    let words = isPeakDay ? "day" : "hour"
    console.note(
      "Playing the \(words) of the plan's peak, \(zone.local(moment).date): up to \(RequestRate.perSecond(top * scale))."
    )
    return TimeSeries(start: from, step: .minutes(1), rawValues: course.map { $0 * factor })
  }

  /// Waits for the moment to begin, where one is given.
  func waitForStart(_ console: Console) throws {
    guard let startAt else { return }
    let now = Clock.now()
    var moment: Timestamp?
    if startAt.hasPrefix("+") {
      moment = SpanArgument(argument: String(startAt.dropFirst())).map { now + $0.span }
    } else {
      moment = Timestamp(iso8601: startAt)
    }
    guard let moment else {
      throw Failure("'\(startAt)' is not a time. Write --start-at 2026-11-24T10:00:00Z, or +30s.", exitCode: .usage)
    }
    guard moment >= now else {
      throw Failure(
        "'\(startAt)' was \(NumberFormat.duration(now - moment)) ago. Give a later --start-at, the same to all shards.",
        exitCode: .usage)
    }
    console.note("Waiting \(NumberFormat.duration(moment - now)) for \(moment.iso8601).")
    while !Interruption.isRequested {
      let left = (moment - Clock.now()).seconds
      if left <= 0 { return }
      Clock.sleep(min(left, 0.05))
    }
  }
}

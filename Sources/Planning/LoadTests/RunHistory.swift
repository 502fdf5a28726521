import Documents
import Glibc
import LoadTesting
import Quantities

/// The figures of one kept load test that are compared over time.
public struct KeptRun: Sendable, Equatable {
  public enum Kind: String, Sendable, Hashable {
    case run = "load"
    case saturation = "load-saturation"
  }
  public var number: Int64
  public var time: Timestamp
  public var name: String
  public var kind: Kind
  public var url: String
  public var isOpenLoop = true
  public var isValid: Bool
  /// Requests a second that were asked for; of a search, the rate that it found.
  public var rate: Double
  /// The interval of a search.
  public var low: Double?
  public var high: Double?
  /// Requests a second that were answered; nil for a search.
  public var achieved: Double?
  /// Seconds.
  public var p50: Double?
  public var p99: Double?
  public var errorShare: Double?
  /// What a search kept: `p99 < 10ms`.
  public var objective: String?

  public init(
    number: Int64, time: Timestamp, name: String, kind: Kind, url: String, isValid: Bool, rate: Double,
    p50: Double? = nil, p99: Double? = nil
  ) {
    self.number = number
    self.time = time
    self.name = name
    self.kind = kind
    self.url = url
    self.isValid = isValid
    self.rate = rate
    self.p50 = p50
    self.p99 = p99
  }

  /// From a kept result; nil where it is neither a run nor a search.
  public init?(number: Int64, time: Timestamp, name: String, result: [UInt8]) {
    guard let node = try? JSON.parse(result, file: "run \(number)"), let test = RecordedLoadTest(node) else {
      return nil
    }
    func bounded(_ value: Double?) -> Double? { value.flatMap { $0 >= 0 && $0 < 1e12 ? $0 : nil } }
    switch test.document {
    case .run:
      let offered = bounded(test.offered) ?? 0
      self.init(
        number: number, time: time, name: name, kind: .run, url: test.url ?? "", isValid: test.isValid == true,
        rate: bounded(test.offeredRate) ?? 0)
      isOpenLoop = test.isOpenLoop
      achieved = bounded(test.achievedRate)
      p50 = bounded(test.p50)
      p99 = bounded(test.p99)
      errorShare = offered > 0 ? max(0, offered - (bounded(test.ok) ?? 0)) / offered : nil
    case .saturation:
      let found = bounded(test.rate)
      self.init(
        number: number, time: time, name: name, kind: .saturation, url: test.url ?? "", isValid: found != nil,
        rate: found ?? 0)
      low = bounded(test.low)
      high = bounded(test.high)
      objective = test.objective
    default: return nil
    }
  }

  /// Whether two tests asked the same: the same kind, address and loop, and rates within a twentieth; a latency at
  /// another rate is no better or worse but another figure. Searches are comparable under one objective.
  public func isComparable(to other: KeptRun) -> Bool {
    guard kind == other.kind, url == other.url, name == other.name, isOpenLoop == other.isOpenLoop else { return false }
    switch kind {
    case .saturation: return objective == other.objective
    case .run: return !isOpenLoop || abs(rate - other.rate) <= 0.05 * max(rate, other.rate)
    }
  }
}

/// Load tests of a service over time, and whether the latest is worse than chance allows.
///
/// The unit is the run, not the request: requests of one run share its machine, its neighbours and its hour, so that a
/// million of them tell nothing about how much the next run will differ by chance. The logarithm of each figure of the
/// latest run is held against the earlier comparable ones by Student's t: a new observation from the same population
/// lies `t = (x - mean) / (s sqrt(1 + 1/n))` away with n - 1 degrees of freedom (the prediction interval of one further
/// observation; Montgomery, "Introduction to Statistical Quality Control", on tolerance and prediction).
public enum RunHistory {
  /// Fewer earlier runs say nothing about scatter: with two, one degree of freedom asks for a factor of 30 deviations.
  public static let fewest = 3
  /// Older ones are another service by now.
  public static let most = 20
  /// The chance of a false alarm, shared by the figures that are looked at. At one run a day 0.01 is one alarm a season.
  public static let significance = 0.01
  /// A change that nobody would act on: 5 %.
  public static let relevance = 0.05
  /// Runs never repeat themselves better than this, whatever three of them by luck did: the histogram's own cells are
  /// 0.4 % wide.
  static let leastDeviation = 0.005

  /// What there is to say about the latest of runs.
  /// - Parameter runs: in any order.
  public static func findings(_ runs: [KeptRun]) -> [Finding] {
    let sorted = runs.sorted { ($0.time, $0.number) < ($1.time, $1.number) }
    guard let latest = sorted.last else { return [] }
    guard latest.isValid else {
      return [Finding(RunFinding.latestInvalid(run: latest.number))]
    }
    let earlier = sorted.dropLast().filter { $0.isValid && $0.isComparable(to: latest) }.suffix(most)
    guard earlier.count >= fewest else {
      return [Finding(RunFinding.tooFew(run: latest.number, earlier: earlier.count))]
    }
    let figures: [(figure: RunFinding.Figure, of: (KeptRun) -> Double?)] =
      latest.kind == .saturation
      ? [(.capacity, { $0.rate })]
      : [(.p50, { $0.p50 }), (.p99, { $0.p99 })] + (latest.isOpenLoop ? [] : [(.throughput, { $0.achieved })])
    var findings: [Finding] = []
    for (figure, value) in figures {
      guard let new = value(latest), new > 0 else { continue }
      let old = earlier.compactMap { value($0) }.filter { $0 > 0 }
      guard old.count >= fewest, let change = Change(new, against: old) else { continue }
      let worse = figure.isTime ? change.ratio - 1 : 1 - change.ratio
      let chance = figure.isTime ? change.chanceAbove : 1 - change.chanceAbove
      guard worse >= relevance else { continue }
      let fact = RunFinding.Change(
        figure: figure, run: latest.number, previous: earlier.last?.number ?? 0, value: new, usual: change.usual,
        worse: worse, earlier: old.count, scatter: change.scatter, chance: chance)
      let isSure = chance < significance / Double(figures.count)
      findings.append(Finding(isSure ? RunFinding.worse(fact) : RunFinding.maybeWorse(fact)))
    }
    if findings.isEmpty {
      findings.append(Finding(RunFinding.noRegression(run: latest.number, earlier: earlier.count)))
    }
    return findings
  }

  /// One new figure against old ones, on a logarithmic scale.
  struct Change: Sendable, Equatable {
    /// The geometric mean of the old ones.
    var usual: Double
    var ratio: Double
    /// Their relative deviation.
    var scatter: Double
    /// The chance of a figure as high or higher.
    var chanceAbove: Double

    /// Nil for fewer than two old figures.
    init?(_ new: Double, against old: [Double]) {
      let logs = old.map { log($0) }
      guard let mean = Statistics.mean(logs), let deviation = Statistics.deviation(logs), logs.count > 1 else {
        return nil
      }
      let s = max(deviation, leastDeviation)
      let n = Double(logs.count)
      let t = (log(new) - mean) / (s * (1 + 1 / n).squareRoot())
      usual = exp(mean)
      ratio = new / usual
      scatter = exp(s) - 1
      chanceAbove = RunHistory.studentTail(t, degrees: logs.count - 1)
    }
  }

  /// P(T > t) of Student's distribution with whole degrees of freedom: the finite sums of Abramowitz and Stegun,
  /// "Handbook of Mathematical Functions", 26.7.3 and 26.7.4.
  static func studentTail(_ t: Double, degrees: Int) -> Double {
    let v = max(1, degrees)
    guard t.isFinite else { return t > 0 ? 0 : 1 }
    let angle = atan(abs(t) / Double(v).squareRoot())
    let (s, c) = (sin(angle), cos(angle))
    var inner: Double
    if v % 2 == 1 {
      var term = c
      var sum = v > 1 ? c : 0
      var k = 3
      while k <= v - 2 {
        term *= c * c * Double(k - 1) / Double(k)
        sum += term
        k += 2
      }
      inner = 2 / Double.pi * (angle + s * sum)
    } else {
      var term = 1.0
      var sum = 1.0
      var k = 2
      while k <= v - 2 {
        term *= c * c * Double(k - 1) / Double(k)
        sum += term
        k += 2
      }
      inner = s * sum
    }
    inner = min(1, max(0, inner))
    return t >= 0 ? (1 - inner) / 2 : (1 + inner) / 2
  }
}

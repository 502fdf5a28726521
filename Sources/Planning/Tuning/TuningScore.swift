import Catalogs
import Costs
import Glibc
import Quantities
import Scaling
import Serving
import Simulating

/// What one simulated trace came to, as far as a choice of settings is judged by it.
public struct TuningScore: Sendable, Hashable {
  var offered: Double
  var unserved: Double
  /// Requests within each latency bound.
  var within: [Double]
  var replicaHours: Double
  /// What the fleet did: what is priced.
  var use: FleetUse
  /// What that costs, in dollars; replica-hours where no price is known.
  var cost: Double
  var changes: Int
  var hours: Double

  init(_ totals: RunTotals, isPriced: Bool) {
    let service = totals.service
    offered = service.offered.rawValue
    unserved = service.unserved.rawValue
    within = service.attainments.map { $0.share.rawValue * service.offered.rawValue }
    replicaHours = totals.fleet.replicaHours
    use = totals.fleet.use
    cost = isPriced ? use.cost.total.dollars : totals.fleet.replicaHours
    changes = totals.fleet.scalingActions
    hours = use.span.hours
  }

  /// How much of what may be missed is missed, over any number of traces pooled: the largest over the objectives.
  static func risk(_ scores: some Collection<TuningScore>, _ objective: Objective) -> Double {
    let offered = scores.reduce(0) { $0 + $1.offered }
    guard offered > 0 else { return 0 }
    var risk = 0.0
    if let availability = objective.availability {
      let missed = scores.reduce(0) { $0 + $1.unserved } / offered
      risk = max(risk, missed / max(1 - availability.rawValue, 1e-9))
    }
    for (i, bound) in objective.latency.enumerated() {
      let missed = 1 - scores.reduce(0) { $0 + ($1.within.indices.contains(i) ? $1.within[i] : 0) } / offered
      risk = max(risk, max(0, missed) / max(1 - bound.quantile, 1e-9))
    }
    return risk
  }

  /// An upper bound of the risk: its mean over the traces plus so many standard errors. 1.4 is the 90 % point of
  /// Student's t at 7 degrees of freedom, for 8 traces.
  static func cautiousRisk(_ scores: [TuningScore], _ objective: Objective, errors: Double = 1.4) -> Double {
    let each = scores.map { risk([$0], objective) }
    let pooled = risk(scores, objective)
    guard each.count > 1, let deviation = Statistics.deviation(each) else { return pooled }
    return pooled + errors * deviation / Double(each.count).squareRoot()
  }
}

extension TunedPoint {
  /// Judges scores of many weeks: pooled, with intervals from resampling whole weeks (percentile bootstrap, 400 times).
  init(
    values: [String], _ scores: [TuningScore], _ objective: Objective, isPriced: Bool, seed: UInt64
  ) {
    self.values = values
    let hours = max(scores.reduce(0) { $0 + $1.hours }, 1e-9)
    let replicaHours = scores.reduce(0) { $0 + $1.replicaHours }
    meanReplicas = replicaHours / hours
    let uses = scores.map(\.use)
    let whole = uses.dropFirst().reduce(uses.first ?? FleetUse(span: .zero), +)
    costPerMonth = isPriced ? whole.cost.perMonth.dollars : CostBreakdown.hoursInMonth(of: meanReplicas)
    changesPerDay = Double(scores.reduce(0) { $0 + $1.changes }) / hours * 24
    var random = RandomStream(seed: seed, item: 0xB007)
    let resamples = (0..<400).map { _ in
      scores.map { _ in scores[min(scores.count - 1, Int(random.uniform() * Double(scores.count)))] }
    }
    func interval(_ figure: ([TuningScore]) -> Double) -> Interval {
      let mid = figure(scores)
      guard let ends = Statistics.quantiles(resamples.map(figure), [0.025, 0.975]) else {
        return Interval(low: mid, mid: mid, high: mid)
      }
      return Interval(low: min(mid, ends[0]), mid: mid, high: max(mid, ends[1]))
    }
    func share(_ scores: [TuningScore], _ part: (TuningScore) -> Double) -> Double {
      let offered = scores.reduce(0) { $0 + $1.offered }
      return offered > 0 ? min(1, scores.reduce(0) { $0 + part($1) } / offered) : 1
    }
    served = interval { share($0) { $0.offered - $0.unserved } }
    within = objective.latency.indices.map { i in
      interval { share($0) { $0.within.indices.contains(i) ? $0.within[i] : 0 } }
    }
    risk = interval { TuningScore.risk($0, objective) }
    weeks = scores.count
    weeksMet = scores.count { TuningScore.risk([$0], objective) <= 1 }
    weeksMetShare = Self.wilson(weeksMet, of: weeks)
  }

  /// A share with its interval of 95 %.
  static func wilson(_ hits: Int, of n: Int) -> Interval {
    guard n > 0 else { return Interval(low: 0, mid: 0, high: 1) }
    let p = Double(hits) / Double(n)
    let (low, high) = Statistics.wilson(share: p, of: Double(n))
    return Interval(low: low, mid: p, high: high)
  }
}

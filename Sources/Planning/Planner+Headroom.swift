import Quantities
import Serving
import Traffic

extension Planner {
  mutating func recordCapacity() {
    let capacity = plan.service.capacity
    ledger.record(
      Derivation(
        id: "capacity", title: "capacity of one replica", value: capacity.mid.perSecond, shown: "\(capacity)",
        origin: origin("service.capacity", otherwise: .measured(how: plan.service.capacityOrigin))))
  }

  /// How much spare, and what it consists of; the curve comes later, when sizes and prices are known.
  mutating func headroomChoice(_ demand: DemandOutlook, _ analysis: TrafficAnalysis?) -> HeadroomOutcome {
    let place = origin("headroom", otherwise: .assumption(why: "no headroom is written; 'stable product' is taken"))
    switch plan.headroom {
    case .fraction(let share):
      ledger.record(
        Derivation(
          id: "headroom", title: "headroom over the peak", value: share, shown: "\(Fraction(rawValue: share))",
          origin: place))
      return HeadroomOutcome(fraction: share, origin: "given", parts: [], curve: [], chosen: 0, scenario: nil)
    case .scenario(let scenario):
      let low = Fraction(rawValue: scenario.range.lowerBound)
      let high = Fraction(rawValue: scenario.range.upperBound)
      ledger.record(
        Derivation(
          id: "headroom", title: "headroom over the peak", value: scenario.fraction,
          shown: "\(Fraction(rawValue: scenario.fraction))", formula: "middle of \(low) to \(high)", origin: place,
          because: "'\(scenario.name)': \(scenario.summary); must scale up \(scenario.scaleUp)."))
      assumptions.append(
        "Headroom \(Fraction(rawValue: scenario.fraction)) is the middle of the range for '\(scenario.name)' (\(low) to \(high)); derive it with headroom: { cover: ... }."
      )
      return HeadroomOutcome(
        fraction: scenario.fraction, origin: "scenario '\(scenario.name)'", parts: [], curve: [], chosen: 0,
        scenario: scenario)
    case .cover(let cover):
      let derivation = derive(cover, demand, analysis)
      for part in derivation.parts {
        ledger.record(
          Derivation(
            id: "headroom-\(part.kind.rawValue.replacingSpaces)", title: "headroom for \(part.kind.rawValue)",
            value: part.added, shown: "\(Fraction(rawValue: part.added))",
            formula: "alone \(Fraction(rawValue: part.alone))",
            inputs: ["peak"], because: part.because))
      }
      ledger.record(
        Derivation(
          id: "headroom", title: "headroom over the peak", value: derivation.total,
          shown: "\(Fraction(rawValue: derivation.total))",
          formula: cover.together
            ? "(1 + error)(1 + growth)(1 + failures)(1 + lag) - 1"
            : "(1 + error)(1 + growth) x max(1 + failures, 1 + lag) - 1",
          inputs: derivation.parts.map { "headroom-\($0.kind.rawValue.replacingSpaces)" },
          because: "Spare replicas held for a failure also serve while others start; each part is counted once."))
      return HeadroomOutcome(
        fraction: derivation.total, origin: "derived", parts: derivation.parts, curve: [], chosen: 0, scenario: nil)
    }
  }

  private func derive(_ cover: HeadroomChoice.Cover, _ demand: DemandOutlook, _ analysis: TrafficAnalysis?)
    -> HeadroomDerivation
  {
    let peak = demand.peak.mid
    var error: (Double, String)?
    if let quantile = cover.forecastError {
      let held = demand.forecast?.peakQuantile(quantile) ?? demand.peak.quantile(quantile)
      error = (
        held / peak - 1,
        "the peak's \(NumberFormat.significant(quantile * 100, 4)) % quantile is \(held), the expected peak \(peak)"
      )
    }
    var growth: (Double, String)?
    if let until = cover.growthUntil {
      // The forecast holds growth up to the end of the horizon: only what comes after it is new.
      let beyond = max(0, until.days - plan.horizon.days)
      let rate = demand.growth?.mid.rawValue ?? 0
      growth =
        beyond > 0
        ? (
          power(1 + max(0, rate), beyond / 365.25) - 1,
          "\(NumberFormat.fixed(beyond, decimals: 0)) days after the horizon at \(Fraction(rawValue: rate)) a year"
        )
        : (0, "the next plan is in force before the horizon ends, and the forecast holds the growth until then")
    }
    var failures: (Double, String)?
    if let tolerance = cover.failures ?? plan.survive {
      let shares = plan.regions.isEmpty ? [] : plan.regions.map { $0.share }
      let factor = tolerance.factor(shares: shares) ?? 2
      let of = tolerance.of.map { "of \($0) \(tolerance.what)s" } ?? "of the plan's regions"
      failures = (
        factor - 1, "without \(tolerance.lost) \(of), \(Fraction(rawValue: 1 / factor)) of the capacity is left"
      )
    }
    var lag: (Double, String)?
    if cover.scalingLag {
      let delay = plan.service.startup.total + plan.scaling.metricDelay
      // The shortest window shows the steepest rise; the share is of the history's own peak.
      let ramp = analysis?.steepestRamps.map { $0.shareOfPeak.rawValue / $0.window.seconds }.max() ?? 0
      lag = (
        ramp * delay.seconds,
        "a replica serves \(NumberFormat.duration(delay)) after the rise; the steepest rise is \(Fraction(rawValue: ramp * 60)) of the peak a minute"
      )
    }
    return HeadroomDerivation(error: error, growth: growth, failures: failures, lag: lag, together: cover.together)
  }

  /// Headroom against cost and risk: what a smaller or a larger choice would mean.
  func withCurve(
    _ headroom: HeadroomOutcome, _ demand: DemandOutlook, _ sizing: Sizing
  ) -> HeadroomOutcome {
    var result = headroom
    let top = max(1, headroom.fraction * 2)
    var shares = (0...20).map { Double($0) / 20 * top }
    shares.append(headroom.fraction)
    shares = Array(Set(shares)).sorted()
    result.curve = shares.map { share in
      let replicas = replicas(for: demand.peak.mid * (1 + share))
      let held = plan.service.capacity.mid * Double(replicas)
      var probability = demand.peak.probability(above: held)
      var minutes = 0.0
      if !paths.isEmpty {
        probability = demand.forecast?.probability(peakAbove: held) ?? probability
        if probability > 0 {
          let step = paths[0].step.seconds / 60
          for path in paths { for v in path.rawValues where v > held.perSecond { minutes += step } }
          minutes /= Double(paths.count)
        }
      }
      let machines = machines(for: replicas)
      return HeadroomPoint(
        headroom: share, replicas: replicas, costPerMonth: plan.price * .hours(730) * Double(machines),
        overloadProbability: probability, overloadMinutes: minutes)
    }
    result.chosen = shares.firstIndex(of: headroom.fraction) ?? 0
    return result
  }

  func replicas(for rate: RequestRate) -> Int {
    let exact = Statistics.ceilingOfRatio(rate.perSecond, plan.service.capacity.mid.perSecond)
    return exact.isFinite && exact < 1e9 ? Int(max(0, exact)) : 1_000_000_000
  }

  func machines(for replicas: Int) -> Int { (replicas + plan.replicasPerMachine - 1) / plan.replicasPerMachine }
}

extension String {
  var replacingSpaces: String { split(separator: " ").joined(separator: "-") }
}

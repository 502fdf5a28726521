import Glibc
import Quantities

extension HeadroomSlice {
  /// How much spare, and what it consists of.
  static func answer(_ draft: inout PlanDraft) -> HeadroomOutcome {
    let settings = draft.plan.headroom
    let place = draft.plan.origin(
      "headroom", otherwise: .assumption(why: "no headroom is written; 'stable product' is taken"))
    switch settings.choice {
    case .fraction(let share):
      draft.ledger.note("headroom", "headroom over the peak", share, .share, from: place)
      return HeadroomOutcome(fraction: share, origin: "given", parts: [], scenario: nil)
    case .scenario(let scenario):
      if settings.isDefault, let held = held(forSurvivalBeyond: scenario, &draft) { return held }
      let low = Fraction(rawValue: scenario.range.lowerBound)
      let high = Fraction(rawValue: scenario.range.upperBound)
      draft.ledger.note(
        "headroom", "headroom over the peak", scenario.fraction, .share, from: place,
        because:
          "The middle of \(low) to \(high) for a '\(scenario.name)': \(scenario.summary); must scale up \(scenario.scaleUp)."
      )
      draft.assume(HeadroomAssumption.middle(of: scenario))
      return HeadroomOutcome(
        fraction: scenario.fraction, origin: "scenario '\(scenario.name)'", parts: [], scenario: scenario)
    case .cover(let cover): return derived(cover, &draft)
    }
  }

  static func judge(_ draft: inout PlanDraft) {
    if draft.plan.headroom.isDefault, draft[HeadroomSlice.self].scenario != nil {
      draft.assume(HeadroomAssumption.notWritten)
    }
  }

  /// Where a plan says what it must survive and no headroom, it holds what that takes: a plan that chose less by itself would
  /// contradict what is written. Nil where the usual headroom is enough.
  private static func held(
    forSurvivalBeyond scenario: HeadroomScenario, _ draft: inout PlanDraft
  ) -> HeadroomOutcome? {
    let fleet = draft.plan.fleet
    guard let survive = fleet.survive?.over(regions: fleet.regions.count),
      !(draft.plan.spreads && survive.what == "region"),
      let factor = survive.factor(shares: fleet.shares), factor - 1 > scenario.fraction
    else { return nil }
    return derived(HeadroomChoice.Cover(failures: survive), &draft)
  }

  private static func derived(_ cover: HeadroomChoice.Cover, _ draft: inout PlanDraft) -> HeadroomOutcome {
    let derivation = derive(cover, &draft)
    return HeadroomOutcome(fraction: derivation.total, origin: "derived", parts: derivation.parts, scenario: nil)
  }

  // MARK: What it must cover

  /// The parts and their sum, each number with its arithmetic.
  private static func derive(_ cover: HeadroomChoice.Cover, _ draft: inout PlanDraft) -> HeadroomDerivation {
    let error = forecastError(cover, &draft)
    let growth = growth(cover, &draft)
    let capacity = capacityError(cover, afterForecast: error?.share, &draft)
    let failures = failures(cover, &draft)
    let lag = scalingLag(cover, &draft)
    var derivation = HeadroomDerivation(
      error: error, growth: growth, capacity: capacity, failures: failures, lag: lag, together: cover.together)
    func factor(_ kind: HeadroomPart.Kind) -> Formula { 1 + .number(kind.id) }
    var formula: Formula?
    func times(_ part: Formula) { formula = formula.map { $0 * part } ?? part }
    if error != nil { times(factor(.forecastError)) }
    if growth != nil { times(factor(.growth)) }
    if capacity != nil { times(factor(.capacityError)) }
    switch (failures != nil, lag != nil) {
    case (true, true):
      if cover.together {
        times(factor(.failures))
        times(factor(.scalingLag))
      } else {
        times(.largest([factor(.failures), factor(.scalingLag)]))
      }
    case (true, false): times(factor(.failures))
    case (false, true): times(factor(.scalingLag))
    case (false, false): break
    }
    derivation.total = draft.ledger.derive(
      "headroom", "headroom over the peak", .share, (formula ?? 1) - 1,
      because: "Spare replicas held for a failure also serve while others start; each part is counted once.")
    return derivation
  }

  private static func percentile(_ quantile: Double) -> String { "\(NumberFormat.significant(quantile * 100, 4)) %" }

  private static func forecastError(
    _ cover: HeadroomChoice.Cover, _ draft: inout PlanDraft
  ) -> (share: Double, because: String)? {
    guard let quantile = cover.forecastError else { return nil }
    let risk = OverloadRisk(draft[DemandSlice.self], draft.plan)
    let held = risk.peak(at: quantile)
    draft.ledger.compute(
      "peak-held", "the peak's \(percentile(quantile)) quantile", held.perSecond, .rate,
      how: "the quantile of the peak over the sampled futures", from: ["peak"])
    let because =
      "the peak's \(percentile(quantile)) quantile is \(held), the expected peak \(draft[DemandSlice.self].peak.mid)"
    let share = draft.ledger.derive(
      HeadroomPart.Kind.forecastError.id, "headroom for forecast error", .share,
      .largest([0, "peak-held" / "peak" - 1]), because: because)
    return (share, because)
  }

  private static func capacityError(
    _ cover: HeadroomChoice.Cover, afterForecast error: Double?, _ draft: inout PlanDraft
  ) -> (share: Double, because: String)? {
    let one = draft.plan.service.capacity.ofOne
    guard !one.isCertain else { return nil }
    let quantile = cover.capacityError ?? cover.forecastError ?? 0.9
    let low = max(one.quantile(1 - quantile), .perSecond(1e-9))
    draft.ledger.compute(
      "capacity-held", "what a replica carries in \(percentile(quantile)) of the cases", low.perSecond, .rate,
      how: "the quantile of the capacity's estimate", from: ["capacity"])
    let alone = "a replica carries at least \(low) with \(percentile(quantile)) probability, \(one.mid) in the middle"
    let id = HeadroomPart.Kind.capacityError.id
    // Both at their own quantile at once would be rarer than either: they are held together.
    if let error, cover.forecastError == quantile {
      let risk = OverloadRisk(draft[DemandSlice.self], draft.plan)
      let both = max(risk.factor(holding: quantile), 1 + error)
      draft.ledger.compute(
        "demand-over-capacity-held", "demand over capacity, held in \(percentile(quantile)) of the cases", both,
        .factor,
        how: "the quantile of peak / expected peak over capacity / expected capacity",
        from: ["peak-held", "capacity-held"])
      let because = "\(alone); held together with the error of the forecast"
      let share = draft.ledger.derive(
        id, "headroom for capacity error", .share,
        "demand-over-capacity-held" / (1 + .number(HeadroomPart.Kind.forecastError.id)) - 1, because: because)
      return (share, because)
    }
    let share = draft.ledger.derive(
      id, "headroom for capacity error", .share, "capacity" / "capacity-held" - 1, because: alone)
    return (share, alone)
  }

  private static func growth(
    _ cover: HeadroomChoice.Cover, _ draft: inout PlanDraft
  ) -> (share: Double, because: String)? {
    guard let until = cover.growthUntil else { return nil }
    // The forecast holds growth up to the end of the horizon: only what comes after it is new.
    let beyond = max(0, until.days - draft.plan.horizon.days)
    let rate = max(0, draft[DemandSlice.self].growth?.mid.rawValue ?? 0)
    let because =
      beyond > 0
      ? "\(NumberFormat.fixed(beyond, decimals: 0)) days after the horizon at \(Fraction(rawValue: rate)) a year"
      : "the next plan is in force before the horizon ends, and the forecast holds the growth until then"
    draft.ledger.note(
      "days-beyond", "days from the end of the horizon to the next plan", beyond, .days,
      from: draft.plan.origin("headroom.cover.growth until", otherwise: .assumption(why: "as the plan's own defaults")))
    if draft.ledger["growth"] == nil {
      draft.ledger.note("growth", "growth a year", 0, .share, from: .assumption(why: "none is given"))
    }
    let share = draft.ledger.derive(
      HeadroomPart.Kind.growth.id, "headroom for growth until the next cycle", .share,
      .power(1 + .largest([0, "growth"]), "days-beyond" / 365.25) - 1, because: because)
    return (share, because)
  }

  private static func failures(
    _ cover: HeadroomChoice.Cover, _ draft: inout PlanDraft
  ) -> (share: Double, because: String)? {
    let fleet = draft.plan.fleet
    // A placement holds what may fail by itself, each loss and hour on its own: it is not held twice.
    if draft.plan.spreads, (cover.failures ?? fleet.survive)?.what == "region" { return nil }
    guard let tolerance = (cover.failures ?? fleet.survive)?.over(regions: fleet.regions.count) else { return nil }
    let factor = tolerance.factor(shares: fleet.shares) ?? 2
    let of = tolerance.of.map { "of \($0) \(tolerance.what)s" } ?? "of the plan's regions"
    let because = "without \(tolerance.lost) \(of), \(Fraction(rawValue: 1 / factor)) of the capacity is left"
    draft.ledger.note(
      "capacity-left", "share of the capacity that a failure leaves", 1 / factor, .share,
      from: draft.plan.origin(
        "headroom.cover.failures", otherwise: draft.plan.origin("survive", otherwise: .assumption(why: "one failure"))))
    let share = draft.ledger.derive(
      HeadroomPart.Kind.failures.id, "headroom for failures to survive", .share, 1 / "capacity-left" - 1,
      because: because)
    return (share, because)
  }

  private static func scalingLag(
    _ cover: HeadroomChoice.Cover, _ draft: inout PlanDraft
  ) -> (share: Double, because: String)? {
    guard cover.scalingLag else { return nil }
    let delay = draft.plan.service.startup.mean + draft.plan.scaling.metricDelay
    // The shortest window shows the steepest rise; the share is of the history's own peak.
    let ramp =
      draft[DemandSlice.self].analysis?.steepestRamps.map { $0.shareOfPeak.rawValue / $0.window.seconds }.max() ?? 0
    let because =
      "a replica serves \(NumberFormat.duration(delay)) after the rise; the steepest rise is \(Fraction(rawValue: ramp * 60)) of the peak a minute"
    draft.ledger.note(
      "steepest-rise", "steepest rise of demand, as a share of the peak a minute", ramp * 60, .share,
      from: .measured(how: "the steepest rise in the history"))
    draft.ledger.note(
      "start-delay", "from a rise until a new replica serves", delay.seconds, .seconds,
      from: draft.plan.origin(
        "service.startup", otherwise: .assumption(why: "no start is stated: a replica starts at once")),
      because: "The start's stages and the metric's delay.")
    let share = draft.ledger.derive(
      HeadroomPart.Kind.scalingLag.id, "headroom for scaling lag", .share, "steepest-rise" * "start-delay" / 60,
      because: because)
    return (share, because)
  }
}

extension HeadroomPart.Kind {
  /// Its id in the ledger.
  var id: String { "headroom-\(rawValue.replacingSpaces)" }
}

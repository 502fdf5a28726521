import Quantities
import Scaling

extension PlanOutcome {
  /// The same answer with better settings for its policy, and what they mean as a finding.
  public func with(_ tuning: Tuning) -> PlanOutcome {
    var outcome = self
    outcome.tuning = tuning
    outcome.findings = Finding.mostUrgentFirst(outcome.findings + [Self.finding(tuning)])
    return outcome
  }

  private static func finding(_ tuning: Tuning) -> Finding {
    func cost(_ point: TunedPoint) -> String {
      tuning.isPriced
        ? "\(Money.dollars(point.costPerMonth)) a month"
        : "\(NumberFormat.short(point.costPerMonth)) replica-hours a month"
    }
    func weeks(_ point: TunedPoint) -> String { "\(point.weeksMet) of \(point.weeks)" }
    let changes = tuning.settings.filter { $0.isChanged }.map { "\($0.name): \($0.after) (now \($0.before))" }
      .joined(separator: ", ")
    let because =
      "Over \(tuning.chosen.weeks) simulated stretches that the search never saw: \(cost(tuning.chosen)) with the objective met in \(weeks(tuning.chosen)), against \(cost(tuning.current)) and \(weeks(tuning.current)) as it is."
    switch tuning.verdict {
    case .better:
      return Finding(
        .change, "settings-can-improve",
        tuning.current.isMet
          ? "Other settings of \(tuning.title) meet the objective for less."
          : "Other settings of \(tuning.title) meet the objective, which it misses as it is.",
        because: because, remedy: "Set \(changes).")
    case .keep:
      return Finding(
        .holds, "settings-are-good", "The settings of \(tuning.title) are as good as any that were tried.",
        because: because)
    case .unreachable:
      return Finding(
        .change, "settings-do-not-suffice",
        "No settings of \(tuning.title) that were tried meet the objective with confidence.", because: because,
        remedy: changes.isEmpty
          ? "Shorten the start of a replica, add capacity, or loosen the objective."
          : "The nearest: \(changes). Shorten the start of a replica, add capacity, or loosen the objective.")
    }
  }
}

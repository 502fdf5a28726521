import Planning
import Quantities

extension TuningFinding: Worded {
  var words: FindingWords {
    switch self {
    case .settingsCanImprove(let it):
      return FindingWords(
        it.current.isMet
          ? "Other settings of \(it.policy) meet the objective for less."
          : "Other settings of \(it.policy) meet the objective, which it misses as it is.",
        because: because(it), remedy: "Set \(changes(it)).")
    case .settingsAreGood(let it):
      return FindingWords(
        "The settings of \(it.policy) are as good as any that were tried.", because: because(it))
    case .settingsDoNotSuffice(let it):
      let rest = "Shorten the start of a replica, add capacity, or loosen the objective."
      return FindingWords(
        "No settings of \(it.policy) that were tried meet the objective with confidence.", because: because(it),
        remedy: it.changes.isEmpty ? rest : "The nearest: \(changes(it)). \(rest)")
    }
  }

  private func because(_ it: Comparison) -> String {
    func cost(_ point: TunedPoint) -> String {
      it.isPriced
        ? "\(Money.dollars(point.costPerMonth)) a month"
        : "\(NumberFormat.short(point.costPerMonth)) replica-hours a month"
    }
    func weeks(_ point: TunedPoint) -> String { "\(point.weeksMet) of \(point.weeks)" }
    return
      "Over \(it.chosen.weeks) simulated stretches that the search never saw: \(cost(it.chosen)) with the objective met in \(weeks(it.chosen)), against \(cost(it.current)) and \(weeks(it.current)) as it is."
  }

  private func changes(_ it: Comparison) -> String {
    it.changes.map { "\($0.name): \($0.after) (now \($0.before))" }.joined(separator: ", ")
  }
}

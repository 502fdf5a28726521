import Planning
import Quantities

extension SizingFinding: Worded {
  var words: FindingWords {
    switch self {
    case .capacityLasts(let running, let capacity, let peak):
      return FindingWords(
        "The \(running) replicas of today hold through the horizon.",
        because: "They carry \(capacity); the peak's high end is \(peak).")
    case .capacityRunsOut(let shortfall): return words(of: shortfall)
    case .machineQuotaTooLow(let machines, let missing, let placed, let replicas, let lead):
      return FindingWords(
        "Raise the quota of \(machines.isEmpty ? "machines" : machines) by \(missing).",
        because: "The quotas hold \(placed) of the \(replicas) replicas that the plan asks for.",
        remedy:
          "Ask for the quota as early as quota requests take, \(NumberFormat.duration(lead)), or list another machine type behind it."
      )
    case .survives(let survival, let share, let peak):
      return FindingWords(
        "Losing \(survival.loss) at the peak is survivable.", because: left(survival, share, peak))
    case .doesNotSurvive(let survival, let share, let peak, let needed):
      return FindingWords(
        "Hold \(needed) replicas to survive the loss of \(survival.loss) at the peak.",
        because: left(survival, share, peak),
        remedy: "Write headroom: { cover: { failures: \(survival.tolerance.words) } }.")
    }
  }

  private func words(of it: Shortfall) -> FindingWords {
    FindingWords(
      it.missing > 0
        ? "Add \(it.missing) replicas by \(it.addBy.short): from \(it.running) to \(it.replicas)."
        : "Watch \(it.day.short): the high end of the forecast exceeds the capacity of today.",
      because:
        "\(it.isExpected ? "Expected demand" : "The high end of the forecast") exceeds the \(it.capacity) of \(it.running) replicas on \(it.day.long)\(it.cause.map { " (\($0))" } ?? "").",
      remedy: it.isQuotaLate
        ? "The \(NumberFormat.duration(it.quotaLead)) that a quota request takes are no longer there: request it today and reserve what can be had."
        : "Request quota by \(it.requestQuotaBy.short), load-test by \(it.loadTestBy.short).")
  }

  /// What is lost: the regions by name, or as the plan writes it.
  private func left(_ survival: Survival, _ share: Fraction, _ peak: RequestRate) -> String {
    "\(share) of the capacity stays: \(survival.left) against an expected peak of \(peak)."
  }
}

extension Survival {
  /// What is lost: `1 of 3 zones`, or the regions by name.
  var loss: String { lost.isEmpty ? tolerance.words : lost.joined(separator: " and ") }
}

import Planning
import Quantities

extension SizingFinding: Worded {
  var words: FindingWords {
    switch self {
    case .capacityLasts(let spare):
      return FindingWords(
        "The \(Wording.count(spare.running, "replica")) of today hold through the horizon.",
        because: "They carry \(spare.capacity); the peak's high end is \(spare.highPeak).")
    case .capacitySurplus(let spare):
      return FindingWords(
        "\(Wording.count(spare.running - spare.replicas, "replica")) of \(Wording.count(spare.running)) can go: \(Wording.count(spare.replicas)) are enough.",
        because: "Those of today carry \(spare.capacity); the peak's high end is \(spare.highPeak).",
        remedy: "Scale down to what the plan asks for, or say in it what the others are for.")
    case .capacityRunsOut(let shortfall), .headroomMissing(let shortfall), .capacityTight(let shortfall):
      return words(of: shortfall)
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
    guard it.missing > 0 else {
      return FindingWords(
        "Watch \(it.day.map { $0.long } ?? "the peak"): the high end of the forecast exceeds the capacity of today.",
        because:
          "\(Wording.count(it.running, "replica")) carry \(it.capacity), as the plan asks; the high end of the forecast exceeds that.",
        remedy: "Ask for more headroom where that is too little: headroom: { cover: { forecast error: 95% } }.")
    }
    let when = it.isDue ? "now" : "by \(it.addBy.long)"
    let because: String
    if case .headroomMissing = self {
      because =
        "\(Wording.count(it.running, "replica")) carry \(it.capacity) and hold the peak, but not with the headroom that the plan asks for\(it.cause.map { " for \($0)" } ?? "")."
    } else {
      because =
        "\(it.isExpected ? "Expected demand" : "The high end of the forecast") exceeds the \(it.capacity) of \(Wording.count(it.running, "replica"))\(it.day.map { " on \($0.long)" } ?? "")\(it.cause.map { " (\($0))" } ?? "")."
    }
    return FindingWords(
      "Add \(Wording.count(it.missing, "replica")) \(when): from \(Wording.count(it.running)) to \(Wording.count(it.replicas)).",
      because: because,
      remedy: it.isQuotaLate
        ? "The \(NumberFormat.duration(it.quotaLead)) that a quota request takes are no longer there: request it today and reserve what can be had."
        : "Request quota \(due(it.requestQuotaBy, it)), load-test \(due(it.loadTestBy, it)).")
  }

  private func due(_ date: CivilDate, _ it: Shortfall) -> String {
    date <= it.today ? "today" : "by \(date.long)"
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

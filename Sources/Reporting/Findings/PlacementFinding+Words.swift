import Placing
import Planning
import Quantities

extension PlacementFinding: Worded {
  var words: FindingWords {
    switch self {
    case .nothingHolds(let clashes, let problem):
      FindingWords(
        "No placement over the regions holds.",
        because:
          "Of what it must hold this clashes: \(PlacementWords.clash(clashes, problem).first ?? "a region's minimum is above its quotas").",
        remedy: clashes.first.map { PlacementWords.sentence(PlacementWords.remedy($0, problem)) }
          ?? "Raise a quota or lower the region's minimum.")
    case .notSolved(let fault):
      FindingWords(
        "The regions could not be placed: the sizes are those of their shares.", because: fault.problem + ".",
        remedy: PlacementWords.sentence(fault.remedy))
    case .unservable(let origin, let losses):
      FindingWords(
        "Users of \(origin) cannot be served when \(losses.map { $0.joined(separator: " and ") }.joined(separator: ", or ")) \(losses.count == 1 && losses[0].count == 1 ? "is" : "are") lost.",
        because: "Residency and latency leave no other region that may serve it.",
        remedy: "Allow another region under regions.\(origin).residency, or raise the latency limit under failure.")
    case .order(let machine, let region, let count, let by, let days, let prepaid):
      FindingWords(
        "Order \(count) \(machine) in \(region) by \(by.short)\(days.map { " as a capacity block of \($0) days" } ?? "").",
        because: days == nil
          ? "On demand they are there too rarely to count on; ordered later they come too late."
          : "A block is bought ahead\(prepaid.map { " and costs \($0) when it is bought" } ?? ""); it cannot be cancelled.",
        remedy: "Place the order, or name another machine type that can be had.")
    case .notCountedOn(let machine, let region, let probability, let lead):
      FindingWords(
        "The quota of \(machine) in \(region) is not counted on.",
        because:
          "It can be had in \(NumberFormat.share(probability)) of cases\(lead.isFinite ? ", else after \(NumberFormat.duration(.days(lead)))" : "")\(lead.isFinite ? ", which is later than it is needed" : "").",
        remedy: "Order earlier (placement: needed by), buy a capacity block, or accept less assurance.")
    case .blockUnsuitable(let machine, let region):
      FindingWords(
        "The capacity block of \(machine) in \(region) does not fit.",
        because:
          "It is for a fixed span: what is needed must be stated, be no longer than the longest block, and begin after the block's lead.",
        remedy: "Write placement: { needed by: DATE, for: 30d }.")
    case .spotLeftOut:
      FindingWords(
        "Spot machines are in no placement.",
        because: "They may be gone when a region is lost, which is when everybody asks for them.",
        remedy: "Put them above the placed base by the autoscaler, and expect them to leave.")
    }
  }
}

import Planning
import Quantities

extension PortfolioFinding: Worded {
  var words: FindingWords {
    switch self {
    case .quotaContended(let need, let lead):
      let place = need.region.isEmpty ? "" : " in \(need.region)"
      let parts = need.services.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
      return FindingWords(
        "Raise the quota of \(need.machine) (\(need.lifecycle))\(place) from \(need.quota ?? 0) to \(need.count): the services compete for it.",
        because: "They ask for \(need.count) at their peaks: \(parts).",
        remedy:
          "Ask for the quota as early as quota requests take, \(NumberFormat.duration(lead)), or give a service another machine type."
      )
    }
  }
}

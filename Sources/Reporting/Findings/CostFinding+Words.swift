import Costs
import Planning
import Quantities

extension CostFinding: Worded {
  var words: FindingWords {
    switch self {
    case .autoscalingSaves(let flat, let following):
      return FindingWords(
        "Follow the hours of the week: it saves \(flat - following) a month.",
        because: "A flat fleet for an ordinary week costs \(flat); one that follows its hours \(following).",
        remedy: "Add scaling: { target: { utilization: 70% } }.")
    case .commitmentSaves(let advice):
      let place = advice.region.isEmpty ? "" : " in \(advice.region)"
      return FindingWords(
        "Committing \(advice.choice.units) \(advice.machine)\(place) for a year would save \(advice.savingPerMonth) a month.",
        because:
          "The last of them is used in \(advice.choice.used) of the hours of an ordinary week and pays for itself from \(advice.choice.breakEven) on.",
        remedy: "Add reserved: \(advice.choice.units) to the machine once the traffic of a year is sure enough.")
    }
  }
}

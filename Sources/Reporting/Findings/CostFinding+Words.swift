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
    case .spent(let month, let planned):
      let change = planned > .zero ? month.effective / planned - 1 : 0
      var parts: [String] = []
      if month.committed > .zero { parts.append("\(month.committed) by commitments") }
      if month.unused > .zero { parts.append("\(month.unused) of them unused") }
      if month.spot > .zero { parts.append("\(month.spot) on spot machines") }
      return FindingWords(
        "\(month.name) cost \(month.effective); the plan expects \(planned) a month.",
        because:
          "The bill is \(NumberFormat.share(abs(change))) \(change < 0 ? "below" : "above") it\(parts.isEmpty ? "" : "; of it \(parts.joined(separator: ", "))").",
        remedy: abs(change) > 0.2
          ? "See whether the bill holds more than this service, and whether the plan's prices and sizes are those of today."
          : "")
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

import Placing
import Planning
import Quantities

extension RecoveryFinding: Worded {
  var words: FindingWords {
    switch self {
    case .postureMisses(let posture, let time, let dataLoss, let dominant, let instead):
      FindingWords(
        "The \(posture.rawValue) posture misses its objective.",
        because:
          "It is back in \(NumberFormat.duration(time)), most of it \(dominant), and loses \(NumberFormat.duration(dataLoss)) of data.",
        remedy: instead.map { "Choose \($0.rawValue), the cheapest that meets it." }
          ?? "Shorten \(dominant), or ask for less: no posture meets it.")
    case .noneMeets:
      FindingWords(
        "No posture meets the recovery objectives.", because: "Even with everything standing ready they are missed.",
        remedy: "Shorten detection and routing, or ask for less.")
    case .neverDrilled(let regions):
      FindingWords(
        "Rehearse the evacuation of \(regions.joined(separator: ", ")).",
        because: "It was never done: how long it takes is a guess.",
        remedy: "Write drilled: { \(regions.first ?? "REGION"): DATE } under recovery when it was.")
    }
  }
}

import Catalogs
import Planning

extension FleetFinding: Worded {
  var words: FindingWords {
    switch self {
    case .noMachine:
      return FindingWords(
        "Name the machine type to see what the fleet costs.",
        because: "The plan names no machine, so prices are zero.", remedy: "Add machines: [ { type: g5.xlarge } ].")
    case .noPrice(let machine, let lifecycle):
      let isOnDemand = lifecycle == .onDemand
      return FindingWords(
        "Give the price of \(machine)\(isOnDemand ? "" : " (\(lifecycle))").", because: "The catalog has none.",
        remedy: isOnDemand
          ? "Add prices: { \(machine): $1.20/h }." : "Add prices: { \(machine): { \(lifecycle): $1.20/h } }.")
    }
  }
}

extension FleetAssumption: WordedAssumption {
  var sentence: String {
    switch self {
    case .equalRegions(let count):
      "The \(count) regions are taken to be equal; list them with their shares under regions."
    }
  }
}

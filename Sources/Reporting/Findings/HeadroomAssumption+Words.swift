import Planning
import Quantities

extension HeadroomAssumption: WordedAssumption {
  var sentence: String {
    switch self {
    case .middle(let scenario):
      let low = Fraction(rawValue: scenario.range.lowerBound)
      let high = Fraction(rawValue: scenario.range.upperBound)
      return
        "Headroom \(Fraction(rawValue: scenario.fraction)) is the middle of the range for '\(scenario.name)' (\(low) to \(high)); derive it with headroom: { cover: ... }."
    case .notWritten: return "No headroom is written in the plan; 'stable product' is taken."
    }
  }
}

import Planning
import Quantities

extension ServiceFinding: Worded {
  var words: FindingWords {
    let remedy = "Hold it against a load test: headroom load --plan."
    switch self {
    case .modelCaution(let caution, let model):
      return FindingWords(
        "Take the latencies of the service's model with care: \(caution).", because: "The model is \(model).",
        remedy: remedy)
    case .modelBand(let band):
      return FindingWords(
        "Latencies by the service's model lie between \(Factor(rawValue: band.low)) and \(Factor(rawValue: band.high)) of what is told, with \(Fraction(rawValue: band.confidence)) confidence.",
        because: "As \(band.source) has it.", remedy: remedy)
    }
  }
}

extension ServiceAssumption: WordedAssumption {
  var sentence: String {
    switch self {
    case .startsAtOnce: "No startup time is given: replicas serve at once in the simulation."
    }
  }
}

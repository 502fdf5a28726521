import Planning
import Quantities
import Scaling

extension ScalingFinding: Worded {
  var words: FindingWords {
    switch self {
    case .maximumTooLow(let bound):
      return FindingWords(
        "Raise the maximum from \(bound.maximum) to \(bound.replicas) replicas.",
        because:
          "\(bound.maximum) replicas carry \(bound.carried); the plan provisions \(bound.provisioned) for a peak of \(bound.peak).",
        remedy: bound.isOfPolicy
          ? "Set the maximum of the policy to \(bound.replicas)." : "Set maximum: \(bound.replicas).")
    case .hazard(let hazard):
      return FindingWords(hazard.what + ".", because: hazard.because + ".", remedy: hazard.remedy + ".")
    }
  }
}

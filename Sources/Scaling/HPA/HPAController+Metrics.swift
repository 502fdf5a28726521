/// One metric's goal, ready for the inner loop.
struct HPAGoal: Sendable {
  enum Kind: Sendable { case utilization, averageOfPods, value, averageOfValue }
  var kind: Kind
  /// Percent for utilization, thousandths otherwise.
  var target: Int64
  /// CPU follows readiness rules of its own.
  var isCPU: Bool

  init(_ metric: HPAMetric) {
    let perPod: Bool
    switch metric.source {
    case .resource(let name), .containerResource(let name, _):
      isCPU = name == "cpu"
      perPod = true
    case .pods:
      isCPU = false
      perPod = true
    case .object, .external:
      isCPU = false
      perPod = false
    }
    switch metric.goal {
    case .utilization(let percent):
      kind = .utilization
      target = Int64(percent)
    case .value(let quantity):
      kind = perPod ? .averageOfPods : .value
      target = quantity.milli
    case .averageValue(let quantity):
      kind = perPod ? .averageOfPods : .averageOfValue
      target = quantity.milli
    }
  }
}

/// What one metric asks for.
struct HPAProposal {
  var replicas: Int
  /// Percent or units, as the goal.
  var measured: Double
  var goal: Double
}

extension HPAController {
  @inline(__always)
  private func isOnTarget(_ ratio: Double) -> Bool { lowestRatio <= ratio && ratio <= highestRatio }

  // Mutating, though it changes nothing: the compiler would otherwise copy the controller for the call.
  /// What one metric asks for, or nil where it could not be computed.
  @inline(__always)
  mutating func propose(_ goal: HPAGoal, sample: HPASample, scale: HPAScale) -> HPAProposal? {
    switch sample {
    case .failed: return nil
    case .uniform(let value, let ready, let unready, let missing):
      guard goal.kind == .utilization || goal.kind == .averageOfPods else { return nil }
      let usage = value.multipliedReportingOverflow(by: Int64(ready)).partialValue
      return ofPods(goal, HPATally(usage: usage, ready: ready, unready: unready, missing: missing), scale: scale)
    case .pods(let pods):
      guard goal.kind == .utilization || goal.kind == .averageOfPods else { return nil }
      return ofPods(goal, HPATally(pods, isCPU: goal.isCPU, clocks: clocks), scale: scale)
    case .value(let value): return ofValue(goal, value, scale: scale)
    }
  }

  mutating func ofValue(_ goal: HPAGoal, _ value: Int64, scale: HPAScale) -> HPAProposal? {
    let target = Double(goal.target)
    switch goal.kind {
    case .utilization, .averageOfPods: return nil
    case .value:
      var proposal = HPAProposal(replicas: scale.replicas, measured: Double(value) / 1000, goal: target / 1000)
      let ratio = Double(value) / target
      if scale.replicas == 0 {
        proposal.replicas = ceilingInt32(ratio)
      } else if !isOnTarget(ratio) {
        // Ready pods, not replicas: with every pod unready this asks for none at all.
        proposal.replicas = ceilingInt32(ratio * Double(scale.ready))
      }
      return proposal
    case .averageOfValue:
      var proposal = HPAProposal(
        replicas: scale.status, measured: Double(value) / 1000 / Double(scale.status), goal: target / 1000)
      let ratio = Double(value) / (target * Double(scale.status))
      if !isOnTarget(ratio) { proposal.replicas = ceilingInt32(Double(value) / target) }
      return proposal
    }
  }

  @inline(__always)
  mutating func ofPods(_ goal: HPAGoal, _ pods: HPATally, scale: HPAScale) -> HPAProposal? {
    let isShare = goal.kind == .utilization
    let request = scale.requestMilli
    let target = Double(goal.target)
    guard pods.ready > 0, !isShare || request > 0 else { return nil }
    guard let usage = Self.reading(pods.usage, pods: pods.ready, isShare: isShare, request: request) else { return nil }
    let ratio = usage / target
    var proposal = HPAProposal(
      replicas: scale.replicas, measured: isShare ? usage : usage / 1000, goal: isShare ? target : target / 1000)
    let countsUnready = pods.unready > 0 && ratio > 1
    if !countsUnready && pods.missing == 0 {
      if !isOnTarget(ratio) { proposal.replicas = ceilingInt32(ratio * Double(pods.ready)) }
      return proposal
    }
    // Pods without a metric are assumed to speak against the change: full on the way down, idle on the way up.
    var total = pods.usage
    var count = pods.ready
    if pods.missing > 0 {
      if ratio < 1 {
        let assumed = isShare ? request &* max(100, goal.target) / 100 : goal.target
        total = total &+ assumed &* Int64(pods.missing)
        count += pods.missing
      } else if ratio > 1 || !isShare {
        count += pods.missing
      }
    }
    if countsUnready { count += pods.unready }
    guard let assumedUsage = Self.reading(total, pods: count, isShare: isShare, request: request) else { return nil }
    let assumed = assumedUsage / target
    let flipped = (ratio < 1 && assumed > 1) || (ratio > 1 && assumed < 1)
    if isOnTarget(assumed) || flipped { return proposal }
    let replicas = ceilingInt32(assumed * Double(count))
    if (assumed < 1 && replicas > scale.replicas) || (assumed > 1 && replicas < scale.replicas) { return proposal }
    proposal.replicas = replicas
    return proposal
  }

  /// Whole percent of the requests, or thousandths a pod: both are cut to integers before the target divides them.
  @inline(__always)
  private static func reading(_ usage: Int64, pods: Int, isShare: Bool, request: Int64) -> Double? {
    if !isShare { return Double(usage / Int64(pods)) }
    let requests = request &* Int64(pods)
    guard requests > 0 else { return nil }
    return Double(Int32(truncatingIfNeeded: (usage &* 100) / requests))
  }
}

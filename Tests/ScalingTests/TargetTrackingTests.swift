import Quantities
import Scaling
import Testing

@Suite struct TargetTrackingTests {
  private func look(
    _ policy: inout TargetTrackingPolicy, at seconds: Double = 0, utilization: Double, ready: Int,
    desired: Int? = nil, starting: Int = 0
  ) -> Decision {
    var signals = Signals()
    signals.utilization = utilization
    return policy.step(
      Observation(
        time: Timestamp(secondsSinceEpoch: seconds),
        replicas: ReplicaCount(desired: desired ?? ready, ready: ready, starting: starting), signals: signals))
  }

  @Test("scales out at once, in proportion to the load")
  func proportionalOut() {
    var policy = TargetTrackingPolicy(target: 0.5)
    #expect(look(&policy, utilization: 0.9, ready: 10).desired == 18)
  }

  @Test("replicas that start count as asked for")
  func startingCounts() {
    var policy = TargetTrackingPolicy(target: 0.5)
    let decision = look(&policy, utilization: 0.9, ready: 10, desired: 18, starting: 8)
    #expect(decision.desired == 18)
    #expect(decision.because.rule == .alreadyStarting)
  }

  @Test("holds within the margin below the target")
  func margin() {
    var policy = TargetTrackingPolicy(target: 0.7)
    #expect(look(&policy, utilization: 0.64, ready: 20).because.rule == .nearTarget)
    #expect(look(&policy, utilization: 0.62, ready: 20).desired == 18)
  }

  @Test("scales in by a tenth at a time and waits for the cooldown")
  func gradualIn() {
    var policy = TargetTrackingPolicy(target: 0.7, scaleInCooldown: .seconds(300))
    #expect(look(&policy, at: 0, utilization: 0.1, ready: 50).desired == 45)
    #expect(look(&policy, at: 299, utilization: 0.1, ready: 45).because.rule == .coolingDown)
    #expect(look(&policy, at: 300, utilization: 0.1, ready: 45).desired == 41)
  }

  @Test("never scales in while replicas start")
  func startingBlocks() {
    var policy = TargetTrackingPolicy(target: 0.7)
    #expect(look(&policy, utilization: 0.1, ready: 10, desired: 12, starting: 2).because.rule == .warmingBlocksScaleIn)
  }

  @Test("keeps its bounds on both sides")
  func bounds() {
    var policy = TargetTrackingPolicy(target: 0.5, minimum: 4, maximum: 12)
    #expect(look(&policy, utilization: 0.5, ready: 2).desired == 4)
    #expect(look(&policy, utilization: 0.5, ready: 40).desired == 12)
    #expect(look(&policy, utilization: 1, ready: 10).desired == 12)
    #expect(look(&policy, at: 1000, utilization: 0, ready: 4).desired == 4)
  }

  @Test("tracks requests per second per replica, also from an empty fleet")
  func requestRate() {
    var policy = TargetTrackingPolicy(signal: .requestRate, target: 1000, minimum: 0)
    let decision = policy.step(
      Observation(
        time: Timestamp(secondsSinceEpoch: 0), replicas: ReplicaCount(desired: 0, ready: 0),
        signals: Signals(demand: 4500)))
    #expect(decision.desired == 5)
  }

  @Test("decides nothing on what is not measured")
  func unmeasured() {
    var policy = TargetTrackingPolicy()
    for value in [Double.nan, .infinity, -1] {
      #expect(look(&policy, utilization: value, ready: 9).because.rule == .notMeasured)
    }
  }
}

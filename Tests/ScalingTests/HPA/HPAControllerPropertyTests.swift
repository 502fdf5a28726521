import Quantities
import Testing

@testable import Scaling

@Suite struct HPAControllerPropertyTests {
  /// Runs a scenario and gives each sync to `check`.
  private func run(seed: UInt64, syncs: Int = 120, check: (HPAScenario, Int, HPASync, Int64) -> Void) {
    var scenario = HPAScenario(seed: seed)
    var controller = HPAController(scenario.spec, settings: scenario.settings)
    var replicas = Int(scenario.random.next() % 70)
    var now: Int64 = 0
    for _ in 0..<syncs {
      now += scenario.random.next() % 3 == 0 ? Int64(scenario.random.uniform(9, 20) * 1e9) : 15_000_000_000
      let samples = scenario.samples(replicas: replicas)
      let scale = HPAScale(replicas: replicas)
      let sync = controller.sync(at: Timestamp(nanosecondsSinceEpoch: now), scale: scale, samples: samples)
      check(scenario, replicas, sync, now)
      replicas = sync.replicas
      if scenario.random.next() % 40 == 0 { replicas = Int(scenario.random.next() % 80) }
    }
  }

  @Test("agrees with the line-by-line description on 2,000 random scenarios") func agreesWithLiteral() {
    var disagreements: [String] = []
    for seed in 1...2000 as ClosedRange<UInt64> {
      var scenario = HPAScenario(seed: seed)
      var fast = HPAController(scenario.spec, settings: scenario.settings)
      var slow = LiteralHPA(scenario.spec, scenario.settings)
      var replicas = Int(scenario.random.next() % 70)
      var now: Int64 = 0
      for step in 0..<60 {
        now += scenario.random.next() % 3 == 0 ? Int64(scenario.random.uniform(9, 20) * 1e9) : 15_000_000_000
        let samples = scenario.samples(replicas: replicas)
        let scale = HPAScale(replicas: replicas, ready: Int(scenario.random.next() % UInt64(replicas + 1)))
        let time = Timestamp(nanosecondsSinceEpoch: now)
        let sync =
          samples.count == 1
          ? fast.sync(at: time, scale: scale, sample: samples[0]) : fast.sync(at: time, scale: scale, samples: samples)
        let (expected, raw) = slow.sync(now, scale, samples)
        let proposal =
          switch sync.proposal {
          case .notComputed: "-"
          case .failed: "x"
          case .replicas(let n): "\(n)"
          }
        if sync.replicas != expected || proposal != raw {
          disagreements.append("seed \(seed) step \(step): \(sync.replicas) (\(proposal)), not \(expected) (\(raw))")
          break
        }
        replicas = expected
        if scenario.random.next() % 30 == 0 { replicas = Int(scenario.random.next() % 80) }
      }
    }
    #expect(disagreements.isEmpty, "\(disagreements.prefix(5))")
  }

  @Test("is never above its maximum, and never below its minimum once inside") func staysInBounds() {
    for seed in 1...500 as ClosedRange<UInt64> {
      run(seed: seed) { scenario, before, sync, _ in
        #expect(sync.replicas <= max(scenario.spec.maxReplicas, 0), "seed \(seed)")
        if before >= scenario.spec.minReplicas { #expect(sync.replicas >= scenario.spec.minReplicas, "seed \(seed)") }
      }
    }
  }

  @Test("never moves faster than the most generous policy allows") func keepsToPolicies() {
    for seed in 1...500 as ClosedRange<UInt64> {
      // A single period's limit counts from the replicas at the period's start, which is at least what is there now
      // without any change inside it; so one step alone never exceeds the policy applied to what was there.
      var changes: [(time: Int64, change: Int)] = []
      run(seed: seed) { scenario, before, sync, now in
        defer { changes.append((now, sync.replicas - before)) }
        guard let behavior = scenario.spec.behavior, case .replicas = sync.proposal, sync.replicas > before else {
          return
        }
        let rules = behavior.scaleUp
        #expect(rules.select != .disabled, "seed \(seed)")
        let most = rules.policies.map { policy -> Int in
          let inside = changes.filter { $0.time > now - Int64(policy.periodSeconds) * 1_000_000_000 }
          let start = before - inside.reduce(0) { $0 + $1.change }
          let value = Double(policy.value) / 100
          return policy.unit == .pods ? start + policy.value : Int((Double(start) * (1 + value)).rounded(.up))
        }
        // Where the longest period of the other direction forgets an old decrease, less is allowed, not more; where
        // it forgets an old increase, more is: only periods within the direction's own memory are compared.
        let memory = behavior.scaleDown.policies.map(\.periodSeconds).max() ?? 0
        if rules.policies.allSatisfy({ $0.periodSeconds <= memory }), let allowed = most.max() {
          #expect(sync.replicas <= max(before, allowed), "seed \(seed)")
        }
      }
    }
  }

  @Test("says why in a sentence, whatever happens") func alwaysGivesAReason() {
    for seed in 1...200 as ClosedRange<UInt64> {
      run(seed: seed) { _, _, sync, _ in #expect(sync.because.description.count > 10, "seed \(seed)") }
    }
  }

  @Test("takes the same steps for the same input") func isDeterministic() {
    var first: [Int] = []
    var second: [Int] = []
    run(seed: 7) { _, _, sync, _ in first.append(sync.replicas) }
    run(seed: 7) { _, _, sync, _ in second.append(sync.replicas) }
    #expect(first == second)
  }
}

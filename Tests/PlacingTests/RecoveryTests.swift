import Quantities
import Testing

@testable import Placing

@Suite struct RecoveryTests {
  static let parts = RecoveryParts(
    detection: 90, decision: 300, routing: 60, infrastructure: 3600, machines: 240, obtainable: 0.7, scarcity: 14_400,
    image: 20, modelLoad: 45, artifactBytes: 40e9, artifactRate: 1e9, featureRows: 1e9, featureRate: 1e6,
    replicatesFeatures: false, backupBytes: 1e12, backupRate: 5e8, caches: 120, replicationLag: 5,
    backupInterval: 86_400)

  @Test("a recovery is the sum of its parts, what runs beside the longer left out")
  func sums() {
    let times = RecoveryTime.all(Self.parts)
    func seconds(_ posture: RecoveryPosture) -> Double { times.first { $0.posture == posture }?.seconds ?? 0 }
    // Detection, decision, the longer of routing and capacity, caches.
    #expect(abs(seconds(.hot) - (90 + 300 + 60 + 120)) < 1e-9)
    #expect(abs(seconds(.activeActive) - (90 + 60)) < 1e-9)
    // Machines, three cases of ten after four hours, image and load; half stands, so features are there.
    #expect(abs(seconds(.warm) - (90 + 300 + 240 + 0.3 * 14_400 + 20 + 45 + 120)) < 1e-9)
    #expect(abs(seconds(.cold) - (seconds(.warm) + 1000)) < 1e-9)
    #expect(abs(seconds(.pilotLight) - (seconds(.cold) + 3600 + 40)) < 1e-9)
    #expect(abs(seconds(.backupAndRestore) - (seconds(.pilotLight) + 2000)) < 1e-9)
    #expect(times.map(\.dataLoss) == [86_400, 5, 5, 5, 5, 5])
    #expect(times.map(\.standingShare) == [0, 0, 0, 0.5, 1, 1])
  }

  @Test("the more that stands, the sooner it is back")
  func order() {
    let times = RecoveryTime.all(Self.parts).map(\.seconds)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test("scarce machines are the longest part, and four hours at worst")
  func scarcity() {
    let warm = RecoveryTime(.warm, Self.parts)
    #expect(warm.dominant?.name == "scarce machines")
    #expect(abs(warm.worstSeconds - warm.seconds - 0.7 * 14_400) < 1e-9)
    #expect(RecoveryTime(.hot, Self.parts).worstSeconds == RecoveryTime(.hot, Self.parts).seconds)
  }

  @Test("a warm part that carries what must be served recovers without another machine")
  func degraded() {
    var parts = Self.parts
    parts.degradedShare = 0.5
    #expect(abs(RecoveryTime(.warm, parts).seconds - (90 + 300 + 60 + 120)) < 1e-9)
  }

  @Test("a rate of zero never ends, and says so by infinity")
  func never() {
    var parts = Self.parts
    parts.artifactRate = 0
    #expect(RecoveryTime(.pilotLight, parts).seconds == .infinity)
    #expect(!RecoveryTime(.pilotLight, parts).meets(time: 1e9, dataLoss: nil))
  }

  @Test("every region is drilled each quarter on a Tuesday to Thursday, what was never drilled first")
  func drills() throws {
    let today = try #require(CivilDate(year: 2026, month: 6, day: 1))
    let drills = Drill.calendar(
      .warm, regions: ["a", "b", "c"], last: ["a": today - 30, "b": today - 200], from: today)
    let evacuations = drills.filter { $0.kind == .evacuation }
    #expect(evacuations.prefix(3).map(\.region) == ["c", "b", "a"])
    #expect(evacuations.count >= 11)
    #expect(drills.allSatisfy { (1...3).contains($0.date.weekday.rawValue) && $0.date > today })
    #expect(drills.contains { $0.kind == .scaling })
    #expect(Drill.calendar(.hot, regions: [], last: [:], from: today).isEmpty)
  }

  @Test("postures are named as people write them")
  func names() {
    #expect(RecoveryPosture.named("Active Active") == .activeActive)
    #expect(RecoveryPosture.named("pilot-light") == .pilotLight)
    #expect(RecoveryPosture.named("lukewarm") == nil)
  }
}

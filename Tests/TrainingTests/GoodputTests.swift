import Quantities
import Testing

@testable import Training

@Suite("CheckpointInterval")
struct CheckpointIntervalTests {
  /// changlan.org's example: M 6000 s, R 600 s, C 10 s: 346 s, useful share .8536 (simulated there .8559).
  @Test func `the published example comes out`() {
    let m = Duration.seconds(6000)
    let c = Duration.seconds(10)
    #expect(abs(CheckpointInterval.young(save: c, mtbf: m).seconds - 346.4) < 0.1)
    let exact = CheckpointInterval.exact(save: c, mtbf: m, restart: .seconds(600))
    #expect(abs(exact.seconds - 343) < 5)
    let share = CheckpointInterval.useful(interval: exact, save: c, mtbf: m, restart: .seconds(600))
    #expect(abs(share - 0.8536) < 0.0005)
  }

  @Test(arguments: [(6480.0, 60.0, 600.0), (11_124, 10, 600), (11_124, 60, 600), (11_124, 5, 300), (86_400, 300, 900)])
  func `Young loses less than .0003 against the exact optimum`(m: Double, c: Double, r: Double) {
    func share(_ t: Duration) -> Double {
      CheckpointInterval.useful(interval: t, save: .seconds(c), mtbf: .seconds(m), restart: .seconds(r))
    }
    let young = CheckpointInterval.young(save: .seconds(c), mtbf: .seconds(m))
    let exact = CheckpointInterval.exact(save: .seconds(c), mtbf: .seconds(m), restart: .seconds(r))
    #expect(share(exact) >= share(young) - 1e-9)
    #expect(share(exact) - share(young) < 0.0003)
  }

  /// Llama 3: an unexpected stop every 3.09 h; with C 10 s and R 600 s 90.8 %, with C 60 s 85.2 %... of the reference's
  /// reading of its "more than 90 %".
  @Test(arguments: [(10.0, 600.0, 0.908), (5, 300, 0.945)])
  func `Llama 3's effective time comes out`(save: Double, restart: Double, share: Double) {
    let m = Duration.hours(3.09)
    let interval = CheckpointInterval.exact(save: .seconds(save), mtbf: m, restart: .seconds(restart))
    #expect(
      abs(
        CheckpointInterval.useful(interval: interval, save: .seconds(save), mtbf: m, restart: .seconds(restart)) - share
      )
        < 0.004)
  }

  @Test func `Daly's interval is Young's for cheap saves and the MTBF for dear ones`() {
    let m = Duration.hours(10)
    let daly = CheckpointInterval.daly(save: .seconds(1), mtbf: m).seconds
    let young = CheckpointInterval.young(save: .seconds(1), mtbf: m).seconds
    #expect(abs(daly / young - 1) < 0.01)
    #expect(CheckpointInterval.daly(save: .hours(30), mtbf: m) == m)
  }
}

@Suite("Goodput")
struct GoodputTests {
  private static let jobs = [
    JobInterruptions(
      mtbf: .hours(2), save: .seconds(30), interval: .seconds(600), detection: .minutes(3), startup: .minutes(5),
      loading: .seconds(60)),
    JobInterruptions(
      mtbf: .hours(3.09), save: .seconds(10), interval: .seconds(400), detection: .minutes(1), startup: .minutes(4),
      loading: .seconds(30)),
    JobInterruptions(
      mtbf: .hours(100), save: .minutes(5), interval: .hours(3), startup: .minutes(20), loading: .minutes(5),
      dataShare: 0.05),
    JobInterruptions(
      mtbf: .minutes(40), save: .seconds(5), interval: .seconds(120), detection: .minutes(10), startup: .minutes(10)),
  ]

  @Test(arguments: jobs.indices)
  func `closed form and simulation agree within half a point`(_ index: Int) {
    let job = Self.jobs[index]
    let exact = Goodput(of: job)
    let simulated = GoodputSimulation(job).run(failures: 60_000, seed: 11)
    #expect(abs(exact.useful - simulated.useful) < 0.005)
    for cause in Goodput.Cause.allCases {
      #expect(abs((exact.lost[cause] ?? 0) - (simulated.lost[cause] ?? 0)) < 0.005)
    }
  }

  @Test(arguments: jobs.indices)
  func `shares add up to the whole`(_ index: Int) {
    let goodput = Goodput(of: Self.jobs[index])
    #expect(abs(goodput.useful + goodput.badput - 1) < 1e-9)
  }

  @Test func `failures in clusters cost less than as many at random`() {
    let job = Self.jobs[1]
    let random = GoodputSimulation(job).run(failures: 40_000, seed: 3).useful
    let clustered = GoodputSimulation(job, variation: 3).run(failures: 40_000, seed: 3).useful
    #expect(clustered > random)
  }

  @Test func `what never happens and what always happens give shares, not traps`() {
    #expect(Goodput(of: JobInterruptions(mtbf: .seconds(0), save: .seconds(1), interval: .seconds(1))).useful == 0)
    let hopeless = Goodput(
      of: JobInterruptions(mtbf: .seconds(1), save: .hours(1), interval: .hours(1000), startup: .hours(1)))
    #expect(hopeless.useful == 0)
  }

  /// BLOOM-176B: 2.3 TB in 40 s on 384 ranks, 57.5 GB/s; every 3 h that costs .37 %.
  @Test func `BLOOM's checkpoint takes its 40 seconds`() {
    let size = Checkpoint.size(parameters: 176e9, bytesPerParameter: 13.1)
    let time = Checkpoint.writing(size, machines: 48, perMachine: .gigabytesPerSecond(57.5 / 48))
    #expect(abs(time.seconds - 40) < 0.5)
    let goodput = Goodput(of: JobInterruptions(mtbf: .days(1000), save: time, interval: .hours(3)))
    #expect(abs((goodput.lost[.saving] ?? 0) - 0.0037) < 0.0002)
  }
}

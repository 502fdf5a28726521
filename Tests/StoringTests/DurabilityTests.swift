// Exit tests, which run their body in a process of its own, came with Swift 6.2.
#if compiler(>=6.2)
  import Foundation
  import Quantities
  import Synchronization
  import Testing

  @testable import Storing

  @Suite struct DurabilityTests {
    @Test("what was acknowledged before kill -9 is there afterwards")
    func killed() async throws {
      // The child knows its parent, so that both can name one folder without passing anything.
      let folder = NSTemporaryDirectory() + "headroom-killed-\(getpid())"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: folder) }

      let result = try #require(
        await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
          let store = try Store(path: NSTemporaryDirectory() + "headroom-killed-\(getppid())/headroom.db")
          // Killed by another thread, somewhere in the midst of a write.
          Thread.detachNewThread {
            while writesSoFar.load(ordering: .relaxed) < 200 { sched_yield() }
            kill(getpid(), SIGKILL)
          }
          var number = 0
          while true {
            number += 1
            try store.saveTrace(trace("t\(number)", Array(repeating: Double(number), count: 500)), at: noon)
            let line = "saved \(number)\n"
            _ = line.withCString { write(1, $0, strlen($0)) }
            writesSoFar.add(1, ordering: .relaxed)
          }
        })

      let output = String(decoding: result.standardOutputContent, as: UTF8.self)
      let numbers = output.split(separator: "\n").filter { $0.hasPrefix("saved ") }.compactMap { Int($0.dropFirst(6)) }
      #expect(numbers.count >= 200)
      let store = try Store(path: folder + "/headroom.db")
      for number in numbers {
        #expect(try store.loadTrace("t\(number)").samples == Array(repeating: Double(number), count: 500))
      }
      // At most the one write that was under way may be there without having been acknowledged.
      #expect(try store.listTraces().count <= numbers.count + 1)
    }
  }

  private let writesSoFar = Atomic(0)
#endif

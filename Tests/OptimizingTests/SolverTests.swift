import Testing

@testable import Optimizing

/// The tests of programs are skipped where HiGHS is not installed: script/bootstrap does it.
@Suite(.enabled(if: Solver.isAvailable, "HiGHS is not installed")) struct SolverTests {
  @Test("a linear program gives its optimum, its bound and the prices of its constraints")
  func linear() throws {
    // Maximize 3x + 5y with x <= 4, 2y <= 12, 3x + 2y <= 18 (Hillier and Lieberman's Wyndor Glass): 36 at (2, 6),
    // shadow prices 0, 3/2 and 1.
    var program = LinearProgram()
    let x = program.variable(cost: -3)
    let y = program.variable(cost: -5)
    program.constrain([(x, 1)], atMost: 4)
    program.constrain([(y, 2)], atMost: 12)
    program.constrain([(x, 3), (y, 2)], atMost: 18)
    let relaxed = try RelaxedProgram(program)
    let best = relaxed.solve()
    #expect(best.status == .optimal)
    #expect(abs(best.objective + 36) < 1e-9)
    #expect(abs(best[x] - 2) < 1e-9 && abs(best[y] - 6) < 1e-9)
    #expect(zip(best.rowDuals, [0, -1.5, -1]).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  @Test("integers make a knapsack")
  func integers() throws {
    // Values 60, 100, 120, weights 10, 20, 30, room 50: 220 (Cormen et al., 0-1 knapsack); the relaxation gives 240.
    var program = LinearProgram()
    let items = [60.0, 100, 120].map { program.variable(cost: -$0, atMost: 1, isInteger: true) }
    program.constrain(Array(zip(items, [10.0, 20, 30])), atMost: 50)
    let best = try program.solve()
    #expect(best.status == .optimal)
    #expect(best.objective == -220)
    #expect(best.bound <= -220 + 1e-6)
    #expect(try RelaxedProgram(program).solve().objective == -240)
  }

  @Test("a relaxation follows constraints that come and bounds that move")
  func incremental() throws {
    var program = LinearProgram()
    let x = program.variable(cost: 1)
    let y = program.variable(cost: 2)
    let relaxed = try RelaxedProgram(program)
    let row = relaxed.constrain([(x, 1), (y, 1)], atLeast: 3)
    #expect(relaxed.solve().objective == 3)
    relaxed.constrain([(x, 1)], atMost: 1)
    #expect(relaxed.solve().objective == 5)
    relaxed.move(row, atLeast: 4)
    #expect(relaxed.solve().objective == 7)
  }

  @Test("what cannot be is told from what has no end")
  func infeasibleAndUnbounded() throws {
    var program = LinearProgram()
    let x = program.variable(cost: -1, isInteger: true)
    program.constrain([(x, 1)], atLeast: 1)
    #expect([.unbounded, .infeasible].contains(try program.solve().status))
    program.constrain([(x, 1)], atMost: 0.5)
    let none = try program.solve()
    #expect(none.status == .infeasible)
    #expect(none.values.isEmpty && none.bound == .infinity)
  }

  @Test("a wish to stop ends the search")
  func stops() throws {
    var program = LinearProgram()
    var terms: [LinearProgram.Term] = []
    for i in 0..<40 {
      terms.append(
        (program.variable(cost: -Double(i * 37 % 41 + 10), atMost: 1, isInteger: true), Double(i * 53 % 59 + 10)))
    }
    program.constrain(terms, atMost: 500)
    var options = LinearProgram.Options()
    options.isStopped = { true }
    let stopped = try program.solve(options)
    #expect(stopped.status != .infeasible)
  }

  @Test("an empty program costs nothing")
  func empty() throws {
    #expect(try LinearProgram().solve().objective == 0 || LinearProgram().solve().values.isEmpty)
  }
}

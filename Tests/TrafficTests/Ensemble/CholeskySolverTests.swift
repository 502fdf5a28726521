import Quantities
import Testing

@testable import Traffic

@Suite struct CholeskySolverTests {
  @Test("what solves A X = C gives C again when multiplied by A", arguments: [(8, 8), (16, 24), (168, 24)])
  func solves(_ size: Int, _ sides: Int) throws {
    var random = RandomStream(seed: 5)
    let width = size + sides
    let m = (0..<size * size).map { _ in Float(random.normal()) }
    var system = [Float](repeating: 0, count: size * width)
    for i in 0..<size {
      for j in 0..<size {
        var sum: Float = i == j ? Float(size) : 0
        for k in 0..<size { sum += m[k * size + i] * m[k * size + j] }
        system[i * width + j] = sum
      }
      for j in size..<width { system[i * width + j] = Float(random.normal()) }
    }
    let given = system
    #expect(system.withUnsafeMutableBufferPointer { CholeskySolver(size: size, sides: sides).solve($0.baseAddress!) })
    var worst: Float = 0
    for i in 0..<size {
      for j in size..<width {
        var sum: Float = 0
        for k in 0..<size { sum += given[i * width + k] * system[k * width + j] }
        worst = max(worst, abs(sum - given[i * width + j]))
      }
    }
    #expect(worst < 1e-3)
  }

  @Test("a matrix that is not positive definite is refused")
  func refuses() {
    var system = [Float](repeating: 0, count: 8 * 16)
    for i in 0..<8 { system[i * 16 + i] = i == 5 ? -1 : 1 }
    #expect(!system.withUnsafeMutableBufferPointer { CholeskySolver(size: 8, sides: 8).solve($0.baseAddress!) })
  }
}

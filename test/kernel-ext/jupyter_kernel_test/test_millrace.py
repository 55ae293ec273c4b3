"""The public suite jupyter_kernel_test, told what Millrace's cells look like."""
import unittest

import jupyter_kernel_test


class MillraceTests(jupyter_kernel_test.KernelTests):
    kernel_name = "millrace"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oh no')"
    completion_samples = [
        {"text": "const sample = { alpha: 1, beta: 2 }; sample.al", "matches": {"alpha"}},
        {"text": "Math.cbr", "matches": {"cbrt"}},
    ]
    complete_code_samples = ["1 + 1", "const a = 1", "function f() { return 1 }", "await Promise.resolve(1)"]
    incomplete_code_samples = ["function f() {", "const a = [1,", "`open", "if (true) {"]
    invalid_code_samples = ["const = 1", "1 +* 2", "let let = )"]
    code_generate_error = "throw new Error('as asked')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "'te' + 'xt'", "result": "'text'"},
        {"code": "[1, 2, 3].map((x) => x * 2)", "result": "[ 2, 4, 6 ]"},
        {"code": "({ a: 1 })", "result": "{ a: 1 }"},
    ]
    code_display_data = [
        {
            "code": "import { display } from 'millrace/kernel'; "
            "void display({ 'text/html': '<b>x</b>', 'text/plain': 'x' }, { raw: true })",
            "mime": "text/html",
        },
        {
            "code": "import { display as show } from 'millrace/kernel'; "
            "await show({ 'application/vnd.vegalite.v5+json': { mark: 'bar' } }, { raw: true })",
            "mime": "application/vnd.vegalite.v5+json",
        },
    ]
    code_history_pattern = "6 * 7*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "parseInt"
    code_page_something = "parseInt?"
    code_clear_output = "import { clearOutput } from 'millrace/kernel'; clearOutput()"


class WelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "millrace"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main(verbosity=2)

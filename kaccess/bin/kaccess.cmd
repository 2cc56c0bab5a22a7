@rem Windows starts no scripts by their first line. This starts `kaccess` beside it, with the Python of its environment.
@setlocal
@set "PYTHON=%~dp0python.exe"
@if not exist "%PYTHON%" set "PYTHON=%~dp0..\python.exe"
@if not exist "%PYTHON%" set "PYTHON=py.exe"
@"%PYTHON%" "%~dpn0" %*

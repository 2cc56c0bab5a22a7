@rem Windows starts no scripts by their first line: this starts `kaccess` beside it, with its Python.
@setlocal
@call :beside
@set "P=%HERE%python.exe"
@if not exist "%P%" set "P=%HERE%..\python.exe"
@if not exist "%P%" for %%I in (py.exe) do @set "P=%%~$PATH:I"
@if not defined P echo kaccess: no py.exe on PATH; install Python's launcher>&2& exit /b 1
@"%P%" "%HERE%kaccess" %*
@exit /b %ERRORLEVEL%
:beside
@rem Of a name in quotes, only a label knows the folder.
@set "HERE=%~dp0"

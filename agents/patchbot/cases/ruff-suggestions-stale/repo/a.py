import os, re
import sys

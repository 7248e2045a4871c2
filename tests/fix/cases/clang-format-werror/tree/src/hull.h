#pragma once
int planks( int n );
